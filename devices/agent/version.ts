// Version of the agent; a test keeps it equal to the one in package.json, which does not travel with the device kit.
export const AGENT_VERSION = '0.1.0';
