// What every window of the application may do: nothing but show the page. Frozen, so that no code path loosens it.

/** `preload`: file of the preload script. */
export function createWebPreferences(preload: string, options: { hasDevTools: boolean }) {
  return Object.freeze({
    preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false, // Its dictionaries come from the network.
    devTools: options.hasDevTools,
  } as const);
}
