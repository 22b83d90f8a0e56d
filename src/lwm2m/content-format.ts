/** The content formats of LwM2M: CoAP numbers and the names we give them (LwM2M 1.2 core 7.4, IANA registry). */

export const contentFormats = {
  text: 0,
  link: 40,
  opaque: 42,
  cbor: 60,
  'senml-json': 110,
  'senml-cbor': 112,
  'senml-etch-json': 320,
  'senml-etch-cbor': 322,
  tlv: 11_542,
  'lwm2m-json': 11_543,
  'lwm2m-cbor': 11_544,
} as const;

export type ContentFormatName = keyof typeof contentFormats;

/** Numbers that devices of the drafts before 1.0 still send. */
const aliases: ReadonlyMap<number, ContentFormatName> = new Map([
  [1541, 'text'],
  [1542, 'tlv'],
  [1543, 'lwm2m-json'],
]);

const names: ReadonlyMap<number, ContentFormatName> = new Map([
  ...Object.entries(contentFormats).map(([name, number]) => [number, name as ContentFormatName] as const),
  ...aliases,
]);

/** The name of a Content-Format number, draft numbers included; undefined when LwM2M has no such format. */
export function contentFormatName(number: number): ContentFormatName | undefined {
  return names.get(number);
}

/** Formats that can carry several values, and so a whole object instance. */
export function carriesSeveralValues(format: number): boolean {
  const name = contentFormatName(format);
  return (
    name === 'tlv' || name === 'senml-json' || name === 'senml-cbor' || name === 'lwm2m-cbor' || name === 'lwm2m-json'
  );
}
