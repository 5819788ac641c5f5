// Finished profiles in the database, each with the outline of the graph that it belongs to, so that it outlives the model.
import * as z from 'zod/mini';
import { graphNodeSchema } from '../../../shared/contract/models.ts';
import {
  type Profile,
  type ProfileSummary,
  profileSchema,
  profileSummarySchema,
} from '../../../shared/contract/profiles.ts';
import type { OutlineNode } from '../../../shared/domain/profile-regions.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';

export interface ProfileStore {
  add(profile: Profile, outline: readonly OutlineNode[]): void;
  /** Newest first. */
  list(): ProfileSummary[];
  /** @throws NOT_FOUND */
  get(id: string): Profile;
  /** Nodes of the model's graph as they were when it was profiled. @throws NOT_FOUND */
  outline(id: string): OutlineNode[];
  /** @throws NOT_FOUND */
  remove(id: string): void;
}

const outlineSchema = z.array(z.pick(graphNodeSchema, { name: true, opType: true, attributes: true, weights: true }));

export function createProfileStore(db: Database): ProfileStore {
  function column(id: string, name: 'profile' | 'outline'): unknown {
    const row = db.get(`SELECT ${name} FROM profile WHERE id = ?`, id);
    if (row) return JSON.parse(String(row[name]));
    throw new AppError('NOT_FOUND', `There is no profile ${id}.`, { details: { id } });
  }

  return {
    add: (profile, outline) => {
      db.run(
        'INSERT INTO profile (id, started_at_ms, summary, profile, outline) VALUES (?, ?, ?, ?, ?)',
        profile.id,
        profile.startedAtMs,
        JSON.stringify(profileSummarySchema.parse(profile)),
        JSON.stringify(profile),
        JSON.stringify(outline),
      );
    },
    list: () =>
      db
        .all('SELECT summary FROM profile ORDER BY started_at_ms DESC, rowid DESC')
        .map((row) => profileSummarySchema.parse(JSON.parse(String(row['summary'])))),
    get: (id) => profileSchema.parse(column(id, 'profile')),
    outline: (id) => outlineSchema.parse(column(id, 'outline')),
    remove: (id) => {
      if (db.run('DELETE FROM profile WHERE id = ?', id).changes > 0) return;
      throw new AppError('NOT_FOUND', `There is no profile ${id}.`, { details: { id } });
    },
  };
}
