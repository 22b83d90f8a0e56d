/**
 * The vocabulary of LwM2M that the gateway's users speak with it: paths, values and object definitions stand in its queries,
 * answers and events. It is the one door through which `management` reaches them.
 */
export type { ContentFormatName } from '../lwm2m/content-format.ts';
export { typedExecuteArguments } from '../lwm2m/execute-arguments.ts';
export { isFormatError } from '../lwm2m/format-error.ts';
export type { Link } from '../lwm2m/formats/link-format.ts';
export type { ObjectModel, ResourceDefinition } from '../lwm2m/objects/model.ts';
export { comparePaths, depthOf, parsePath, pathOf, type ResourcePath, segmentsOf, upTo } from '../lwm2m/path.ts';
export { isNotAValue, parseTextValue } from '../lwm2m/text-value.ts';
export { type Entry, objectLinkText, parseObjectLink, type ResourceValue, type ValueType } from '../lwm2m/value.ts';
export { wholeValue } from '../lwm2m/value-conversion.ts';
