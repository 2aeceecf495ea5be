/** Judges whether the steps of a transform can be carried out at all. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import type { Transform } from '../../contracts/transform.js';
import { dateConverter } from '../convert-date.js';
import { finding } from '../findings.js';

export function checkTransform(transform: Transform): Finding[] {
  return transform.flatMap((step, at) => {
    if (step.op !== 'convert' || step.to !== 'date') return [];
    try {
      dateConverter(step);
      return [];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [finding('error', 'ValidationFailed', `transform.${String(at)}`, `step ${String(at + 1)} of the transform, convert ${step.field}: ${why}`, 'Give format as in the mapping of a date field: epoch_millis, epoch_second or a pattern like yyyy-MM-dd HH:mm:ss, several with || between them.')];
    }
  });
}
