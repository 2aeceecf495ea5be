/** Problem documents (RFC 9457), the only shape in which the API reports an error. */
import { z } from 'zod';

export const ProblemSchema = z.object({
  type: z.string().describe('/problems/<code in kebab case>'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof ProblemSchema>;
