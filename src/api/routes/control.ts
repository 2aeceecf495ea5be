/** Pause, resume, cancel, approve, retry, skip, throttle. Every call is in the audit before it takes effect. */
import type { FastifyPluginAsyncZod, ZodTypeProvider } from 'fastify-type-provider-zod';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApproveBodySchema, RetryBodySchema, SubjectBodySchema, ThrottleBodySchema } from '../../contracts/control.js';
import { MigrationSchema } from '../../contracts/migration.js';
import { TransformSchema } from '../../contracts/transform.js';
import { checkTransform } from '../../domain/preflight/transform-checks.js';
import type { UpdateInput, UpdateName } from '../../workflows/contract.js';
import type { AppDeps } from '../deps.js';
import { InvalidRequest } from '../services/invalid-request.js';
import { actorOfRequest } from '../plugins/auth.js';
import { redactMigration } from '../redact-migration.js';
import type { Services } from '../services/services.js';
import { MigrationParamsSchema, json, problems } from './schemas.js';

type ControlBody = Omit<UpdateInput, 'actor'>;

interface ControlCall {
  readonly action: UpdateName;
  readonly summary: string;
  readonly description: string;
  readonly body: z.ZodType;
}

const EmptyBodySchema = z.strictObject({}).describe('Nothing; may be left out');

const CALLS: readonly ControlCall[] = [
  {
    action: 'pause',
    summary: 'Pause a migration',
    description: 'Starts nothing new; what is under way at the clusters comes to its end. Safe to repeat.',
    body: EmptyBodySchema,
  },
  { action: 'resume', summary: 'Resume a paused migration', description: '409 if it is not paused.', body: EmptyBodySchema },
  {
    action: 'cancel',
    summary: 'Cancel a migration',
    description: 'Stops it and undoes what it did to the clusters, newest first; the report lists what is left.',
    body: EmptyBodySchema,
  },
  {
    action: 'approve',
    summary: 'Approve an open gate',
    description: '409 if no gate of that name is open.',
    body: ApproveBodySchema,
  },
  {
    action: 'retry',
    summary: 'Retry what needs attention',
    description: 'One subject of attention, or all without one. 409 if nothing waits under it. For a copy, with another transform if one is given.',
    body: RetryBodySchema,
  },
  {
    action: 'skip',
    summary: 'Skip what needs attention',
    description: 'Leaves one subject out, or all of them, and says so in the report. 409 if nothing waits or it cannot be skipped.',
    body: SubjectBodySchema,
  },
  {
    action: 'throttle',
    summary: 'Change the speed of a migration',
    description: 'Takes effect with the next request to the clusters. 409 if the type has no such limit.',
    body: ThrottleBodySchema,
  },
];

/** The bodies are parsed by their own schemas already; this tells the compiler what all of them together can hold. */
const AnyBodySchema: z.ZodType<ControlBody> = z
  .object({ gate: z.string(), subject: z.string(), requestsPerSecond: z.number().nullable(), concurrency: z.number(), transform: TransformSchema })
  .partial()
  .transform((body) => withoutUndefined(body));

function withoutUndefined(body: { [Key in keyof ControlBody]?: ControlBody[Key] | undefined }): ControlBody {
  return {
    ...(body.gate === undefined ? {} : { gate: body.gate }),
    ...(body.subject === undefined ? {} : { subject: body.subject }),
    ...(body.requestsPerSecond === undefined ? {} : { requestsPerSecond: body.requestsPerSecond }),
    ...(body.concurrency === undefined ? {} : { concurrency: body.concurrency }),
    ...(body.transform === undefined ? {} : { transform: body.transform }),
  };
}

export function controlRoutes(deps: AppDeps, { controller }: Services): FastifyPluginAsyncZod {
  return async (app) => {
    for (const call of CALLS) addControlRoute(app, call, deps, controller);
  };
}

function addControlRoute(
  app: FastifyInstance,
  { action, summary, description, body }: ControlCall,
  deps: AppDeps,
  controller: Services['controller'],
): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    `/v1/migrations/:id/${action}`,
    {
      config: { role: 'operator' },
      schema: {
        tags: ['control'],
        operationId: `${action}Migration`,
        summary,
        description: `${description} Needs the role operator.`,
        params: MigrationParamsSchema,
        body,
        response: { 200: json('The migration after it', MigrationSchema), ...problems(404, 409, 413, 415, 503) },
      },
    },
    async (request) => {
      const input = AnyBodySchema.parse(request.body);
      const wrong = checkTransform(input.transform ?? []);
      if (wrong.length > 0) throw new InvalidRequest(wrong.map(({ subject, message, remedy }) => ({ path: subject, message: `${message}. ${remedy}` })));
      return redactMigration(await controller.apply(request.params.id, action, input, actorOfRequest(request)), deps.redact);
    },
  );
}
