/** Names under which the contracts' schemas stand in the OpenAPI document, so that clients generated from it read well. */
import { z } from 'zod';
import { ConnectionCheckSchema, ConnectionSummarySchema } from '../contracts/connections.js';
import { ApproveBodySchema, RetryBodySchema, SubjectBodySchema, ThrottleBodySchema } from '../contracts/control.js';
import { DeadLetterGroupSchema, DeadLetterSchema } from '../contracts/dead-letters.js';
import { AttentionSchema, GateSchema, MigrationSchema, SliceSchema, StepSchema, ThrottleSchema } from '../contracts/migration.js';
import { FindingSchema, PreflightResultSchema } from '../contracts/preflight.js';
import { ProblemSchema } from '../contracts/problem.js';
import { ReportSchema } from '../contracts/report.js';
import { ComponentsRequestSchema, CopyRequestSchema, ReindexRequestSchema, SnapshotRestoreRequestSchema, VerifyRequestSchema } from '../contracts/requests.js';

const COMPONENTS: readonly (readonly [string, z.ZodType])[] = [
  ['Migration', MigrationSchema],
  ['Step', StepSchema],
  ['Attention', AttentionSchema],
  ['Gate', GateSchema],
  ['Throttle', ThrottleSchema],
  ['Slice', SliceSchema],
  ['DeadLetter', DeadLetterSchema],
  ['DeadLetterGroup', DeadLetterGroupSchema],
  ['Report', ReportSchema],
  ['Problem', ProblemSchema],
  ['Finding', FindingSchema],
  ['PreflightResult', PreflightResultSchema],
  ['ConnectionSummary', ConnectionSummarySchema],
  ['ConnectionCheck', ConnectionCheckSchema],
  ['SnapshotRestoreRequest', SnapshotRestoreRequestSchema],
  ['ReindexRequest', ReindexRequestSchema],
  ['CopyRequest', CopyRequestSchema],
  ['ComponentsRequest', ComponentsRequestSchema],
  ['VerifyRequest', VerifyRequestSchema],
  ['ApproveBody', ApproveBodySchema],
  ['SubjectBody', SubjectBodySchema],
  ['RetryBody', RetryBodySchema],
  ['ThrottleBody', ThrottleBodySchema],
];

/** Safe to call again: several apps in one process share zod's registry. */
export function registerComponents(): void {
  for (const [id, schema] of COMPONENTS) {
    const known = z.globalRegistry.get(schema);
    if (known?.id === undefined) z.globalRegistry.add(schema, { ...known, id });
  }
}
