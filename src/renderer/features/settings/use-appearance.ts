import { useEffect } from "react";
import { useMedia } from "../../components/use-media.ts";
import { useSettings } from "../../state/context.ts";

/** Tells the style sheets which theme and density the person chose. */
export function useAppearance(): void {
  const { theme, density } = useSettings((state) => state.settings);
  const systemWantsContrast = useMedia("(prefers-contrast: more)");
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === "light" || theme === "dark") dataset.theme = theme;
    else delete dataset.theme;
    if (theme === "contrast" || (theme === "system" && systemWantsContrast)) dataset.contrast = "more";
    else delete dataset.contrast;
    dataset.density = density;
  }, [theme, density, systemWantsContrast]);
}
