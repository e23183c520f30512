import { resolve } from "node:path";
import type { Configuration } from "electron-builder";

const from = (path: string) => resolve(import.meta.dirname, path);

/** Where the project is at home: a .deb must name a page and a maintainer. Outside of GitHub's runners there is none yet. */
const repository = process.env.GITHUB_REPOSITORY;
const homepage = repository === undefined ? "https://mxm-dataio-browser.invalid" : `https://github.com/${repository}`;

/**
 * What an installer holds, and what the installed app may do. It is made for the machine that makes it: `scripts/package.mjs`
 * builds first and then takes this, and docs/packaging.md says why things are as they are.
 */
export const configuration = {
  appId: "org.mxm.dataio-browser",
  productName: "MXM DataIO Browser",
  copyright: "Copyright © 2026 The MXM DataIO Browser authors",
  directories: { output: "dist", buildResources: "packaging" },
  icon: "packaging/icon.png",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a macro of electron-builder's
  artifactName: "${name}-${version}-${os}-${arch}.${ext}",
  extraMetadata: { homepage },
  publish: null,

  // Everything but the native addon is built into out/, so no package is collected: false says that we see to them.
  beforeBuild: async () => false,
  files: [
    "out/{main,preload,renderer,dataio}/**",
    "packages/dataio/sample-data/**",
    "!**/*.map",
    {
      from: "node_modules/better-sqlite3",
      to: "node_modules/better-sqlite3",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: macros of electron-builder's
      filter: ["package.json", "LICENSE", "lib/**", "prebuilds/${platform}-${arch}.node"],
    },
  ],
  extraResources: [
    process.platform === "win32"
      ? { from: "packaging/dataio.cmd", to: "bin/dataio.cmd" }
      : { from: "packaging/dataio.sh", to: "bin/dataio" },
  ],
  asar: true,
  asarUnpack: ["**/*.node"],

  electronFuses: {
    // The `dataio` command needs it: see docs/packaging.md.
    runAsNode: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
    // The app keeps no cookies, and a key for them would be asked of the user's keychain.
    enableCookieEncryption: false,
  },

  linux: {
    target: ["AppImage", "deb"],
    executableName: "mxm-dataio-browser",
    category: "Development",
    synopsis: "Browse archives of everything a data pipeline fetched",
    maintainer: "The MXM DataIO Browser authors <authors@mxm-dataio-browser.invalid>",
    mimeTypes: ["application/vnd.mxm-dataio.archive", "inode/directory"],
  },
  // The static runtime: it asks for no libfuse2, which newer systems do not have.
  toolsets: { appimage: "1.0.3" },
  deb: {
    depends: [
      "libgtk-3-0",
      "libnss3",
      "libasound2",
      "libgbm1",
      "libatspi2.0-0",
      "libxkbcommon0",
      "libsecret-1-0",
      "xdg-utils",
    ],
    fpm: [
      `${from("packaging/mime-type.xml")}=/usr/share/mime/packages/mxm-dataio-browser-archive.xml`,
      `${from("packaging/dataio-of-deb.sh")}=/usr/bin/dataio`,
    ],
  },

  mac: {
    target: ["dmg"],
    category: "public.app-category.developer-tools",
    // Signed and notarised where the environment names an identity. Else ad hoc: Apple's processors start nothing unsigned.
    ...(process.env.CSC_LINK || process.env.CSC_NAME ? {} : { identity: "-" }),
    hardenedRuntime: true,
    extendInfo: {
      CFBundleDocumentTypes: [
        {
          CFBundleTypeName: "DataIO archive",
          CFBundleTypeRole: "Viewer",
          LSHandlerRank: "Alternate",
          LSItemContentTypes: ["public.folder"],
        },
        {
          CFBundleTypeName: "Database of a DataIO archive",
          CFBundleTypeExtensions: ["sqlite"],
          CFBundleTypeRole: "Viewer",
          LSHandlerRank: "Alternate",
        },
      ],
    },
  },

  win: { target: ["nsis"] },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowToChangeInstallationDirectory: true,
    include: "packaging/installer.nsh",
  },
} satisfies Configuration;
