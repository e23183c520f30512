/**
 * The names that the Electron host and its preload agree on: one channel each way, and one object on the page's window.
 * Whatever travels on the channels is one envelope of wire.ts a message.
 */
export const TO_HOST = "dataio:to-host";
export const TO_RENDERER = "dataio:to-renderer";

/** The page finds a ClientTransport under this name of its window. */
export const BRIDGE = "dataioBridge";
