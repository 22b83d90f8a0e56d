/** LwM2M nodes as Leshan's REST interface writes them. Types are upper case out, any case in. */
export type LeshanType =
  | 'STRING'
  | 'INTEGER'
  | 'UNSIGNED_INTEGER'
  | 'FLOAT'
  | 'BOOLEAN'
  | 'OPAQUE'
  | 'TIME'
  | 'OBJLNK'
  | 'CORELINK';

/** INTEGER and FLOAT are strings out, numbers tolerated in; OPAQUE is hex; TIME is milliseconds since 1970. */
export type LeshanValue =
  | string
  | number
  | bigint
  | boolean
  | { readonly objectId: number; readonly objectInstanceId: number };

export interface SingleResourceNode {
  readonly kind: 'singleResource' | 'resourceInstance';
  readonly id: number;
  readonly type: LeshanType;
  readonly value: LeshanValue;
}

export interface MultiResourceNode {
  readonly kind: 'multiResource';
  readonly id: number;
  readonly type: LeshanType;
  readonly values: Readonly<Record<string, LeshanValue>>;
}

export type ResourceNode = SingleResourceNode | MultiResourceNode;

export interface InstanceNode {
  readonly kind: 'instance';
  readonly id: number;
  readonly resources: readonly ResourceNode[];
}

export interface ObjectNode {
  readonly kind: 'obj';
  readonly id: number;
  readonly instances: readonly InstanceNode[];
}

export type LeshanNode = ResourceNode | InstanceNode | ObjectNode;
