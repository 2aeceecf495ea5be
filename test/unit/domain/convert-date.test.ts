/** What becomes a date of ISO 8601, and what is refused since it would lose something. */
import { describe, expect, it } from 'vitest';
import { dateConverter } from '../../../src/domain/convert-date.js';

describe('conversion to a date', () => {
  it.each<readonly [format: string | undefined, zone: string | undefined, text: string, expected: string | null]>([
    ['epoch_millis', undefined, '1577836800123', '"2020-01-01T00:00:00.123Z"'],
    ['epoch_millis', undefined, '"1577836800000"', '"2020-01-01T00:00:00Z"'],
    ['epoch_millis', undefined, '1577836800000.000001', '"2020-01-01T00:00:00.000000001Z"'],
    ['epoch_millis', undefined, '1.5778368e12', '"2020-01-01T00:00:00Z"'],
    ['epoch_millis', undefined, '1577836800000.0000001', null],
    ['epoch_millis', undefined, '-1', '"1969-12-31T23:59:59.999Z"'],
    ['epoch_millis', undefined, '253402300800000', null],
    ['epoch_millis', undefined, '1e400', null],
    ['epoch_millis', undefined, 'true', null],
    ['epoch_second', undefined, '1577836800', '"2020-01-01T00:00:00Z"'],
    ['epoch_second', undefined, '1577836800.5', '"2020-01-01T00:00:00.500Z"'],
    ['epoch_second', undefined, '1577836800.1234567890', '"2020-01-01T00:00:00.123456789Z"'],
    [undefined, undefined, '"2020-02-29T10:00:00,5+0200"', '"2020-02-29T10:00:00,5+0200"'],
    [undefined, undefined, '"2020-02"', '"2020-02"'],
    [undefined, undefined, '"2021-02-29"', null],
    [undefined, undefined, '"2020-01-01T24:00:00Z"', null],
    [undefined, undefined, '1577836800000', '"2020-01-01T00:00:00Z"'],
    ['dd/MMM/yyyy:HH:mm:ss Z', undefined, '"10/Oct/2000:13:55:36 -0700"', '"2000-10-10T13:55:36-07:00"'],
    ['EEE, d MMMM yyyy', undefined, '"Tue, 10 October 2000"', '"2000-10-10"'],
    ['EEE, d MMMM yyyy', undefined, '"Mon, 10 October 2000"', null],
    ["d MMM yyyy 'MMM'", undefined, '"1 May 2000 MMM"', '"2000-05-01"'],
    ['d MMM yyyy', undefined, '"1 Mai 2000"', null],
    ['yyyy-MM-dd HH:mm:ss.SSSSSSSSS', undefined, '"2020-01-02 03:04:05.000000006"', '"2020-01-02T03:04:05.000000006Z"'],
    ['yyyy-MM-dd HH:mm:ss', 'Europe/Berlin', '"2020-07-01 12:00:00"', '"2020-07-01T12:00:00+02:00"'],
    ['yyyy-MM-dd HH:mm:ss', '-03:30', '"2020-07-01 12:00:00"', '"2020-07-01T12:00:00-03:30"'],
    // Left out, and given twice, by a change of clocks.
    ['yyyy-MM-dd HH:mm:ss', 'Europe/Berlin', '"2020-03-29 02:30:00"', null],
    ['yyyy-MM-dd HH:mm:ss', 'Europe/Berlin', '"2020-10-25 02:30:00"', null],
    ['yyyyMMdd', undefined, '20200131', '"2020-01-31"'],
    ['yyyyMMdd', undefined, '"20200231"', null],
    ['dd.MM.yyyy||epoch_second', undefined, '"31.01.2020"', '"2020-01-31"'],
    ['dd.MM.yyyy||epoch_second', undefined, '1577836800', '"2020-01-01T00:00:00Z"'],
    ['dd.MM.yyyy', undefined, '"31.01.2020 "', '"2020-01-31"'],
    ['dd.MM.yyyy', undefined, '"soon"', null],
  ])('format %s, zone %s: %s is %s', (format, zone, text, expected) => {
    const options = { ...(format === undefined ? {} : { format }), ...(zone === undefined ? {} : { zone }) };
    expect(dateConverter(options)(text)).toBe(expected);
  });

  it.each([
    [{ format: 'yyyy-MM' }, /"yyyy-MM" is no format of a whole date/],
    [{ format: 'basic_date' }, /"basic_date" is no format of a whole date/],
    [{ format: 'HH:mm' }, /does not name day, month and year/],
    [{ format: 'yyyy-MM-dd', zone: 'Mars/Base' }, /"Mars\/Base" is no time zone/],
  ])('refuses %j', (options, why) => {
    expect(() => dateConverter(options)).toThrow(why);
  });
});
