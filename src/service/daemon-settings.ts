import { z } from 'zod';

/** What a definition may say about the bundled daemon: every field has a default, unknown fields are refused. */
export const daemonSettingsSchema = z.strictObject({});

export type DaemonSettings = z.output<typeof daemonSettingsSchema>;
