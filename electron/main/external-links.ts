// Links that may leave the application: https addresses of a few known hosts, opened in the system's browser, never in a window of ours.
import { shell } from 'electron';
import { isAllowedExternalUrl } from './external-hosts.ts';

/** Opens an allowed address in the user's browser; any other is ignored and `false` comes back. */
export function openExternalLink(address: string): boolean {
  if (!isAllowedExternalUrl(address)) return false;
  void shell.openExternal(new URL(address).href);
  return true;
}
