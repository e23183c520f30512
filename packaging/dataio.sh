#!/bin/sh
# The dataio command of an installed app: its own Electron, as Node. Links to this file are followed.
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname "$self")/$target ;;
  esac
done
resources=$(cd "$(dirname "$self")/.." && pwd -P) || exit 1
if [ -d "$resources/../MacOS" ]; then
  runtime="$resources/../MacOS/MXM DataIO Browser"
else
  runtime="$resources/../mxm-dataio-browser"
fi
ELECTRON_RUN_AS_NODE=1
export ELECTRON_RUN_AS_NODE
exec "$runtime" "$resources/app.asar/out/dataio/dist/cli/main.js" "$@"
