// What a running agent writes down about itself for the laptop and for `stop`: <root>/run/agent.json.
import { rmSync } from 'node:fs';
import { AGENT_PROTOCOL_VERSION } from '../../shared/agent-protocol/messages.ts';
import type { AgentPaths } from './agent-paths.ts';
import { readJsonOrNull, writeJsonAtomic } from './atomic-file.ts';
import { identifyProcess, identityIn, isSameProcess, type ProcessIdentity } from './process-identity.ts';
import { AGENT_VERSION } from './version.ts';

export interface AgentRecord extends ProcessIdentity {
  /** Usually `<root>/run/agent.sock`; elsewhere when that path is too long for a socket. */
  readonly socketPath: string;
  readonly startedAtMs: number;
  readonly protocolVersion: number;
  readonly agentVersion: string;
  readonly kitId: string;
}

export function writeAgentRecord(
  paths: AgentPaths,
  facts: { readonly startedAtMs: number; readonly kitId: string },
): void {
  const record: AgentRecord = {
    pid: process.pid,
    startTicks: identifyProcess(process.pid)?.startTicks ?? 0,
    socketPath: paths.socket,
    protocolVersion: AGENT_PROTOCOL_VERSION,
    agentVersion: AGENT_VERSION,
    ...facts,
  };
  writeJsonAtomic(paths.record, record);
}

/** The agent that runs for this root, or null. */
export function readLiveAgent(paths: AgentPaths): (ProcessIdentity & { readonly socketPath: string }) | null {
  const value = readJsonOrNull(paths.record);
  const identity = identityIn(value);
  if (identity === null || !isSameProcess(identity)) return null;
  const socketPath = typeof value === 'object' && value !== null && 'socketPath' in value ? value.socketPath : null;
  return { ...identity, socketPath: typeof socketPath === 'string' ? socketPath : paths.socket };
}

export function removeAgentRecord(paths: AgentPaths): void {
  rmSync(paths.record, { force: true });
}
