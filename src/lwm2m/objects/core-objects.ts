/** The objects of the LwM2M enabler itself: 0 to 7 and 21. Source: LwM2M 1.2 core appendix E, names as in the OMA registry. */
import { defineObject, resourceTable } from './definition-table.ts';
import type { ObjectDefinition } from './model.ts';

const security = resourceTable(`
  0   string    -   M   LWM2M Server URI
  1   boolean   -   M   Bootstrap-Server
  2   integer   -   M   Security Mode
  3   opaque    -   M   Public Key or Identity
  4   opaque    -   M   Server Public Key
  5   opaque    -   M   Secret Key
  6   integer   -   -   SMS Security Mode
  7   opaque    -   -   SMS Binding Key Parameters
  8   opaque    -   -   SMS Binding Secret Key(s)
  9   string    -   -   LwM2M Server SMS Number
  10  integer   -   -   Short Server ID
  11  integer   -   -   Client Hold Off Time | s
  12  integer   -   -   Bootstrap-Server Account Timeout | s
  13  unsigned  -   -   Matching Type
  14  string    -   -   SNI
  15  unsigned  -   -   Certificate Usage
  16  unsigned  -   *   DTLS/TLS Ciphersuite
  17  objlnk    -   -   OSCORE Security Mode
`);

const server = resourceTable(`
  0   integer   R   M   Short Server ID
  1   integer   RW  M   Lifetime | s
  2   integer   RW  -   Default Minimum Period | s
  3   integer   RW  -   Default Maximum Period | s
  4   none      E   -   Disable
  5   integer   RW  -   Disable Timeout | s
  6   boolean   RW  M   Notification Storing When Disabled or Offline
  7   string    RW  M   Binding
  8   none      E   M   Registration Update Trigger
  9   none      E   -   Bootstrap-Request Trigger
  10  objlnk    RW  -   APN Link
  11  unsigned  R   -   TLS-DTLS Alert Code
  12  time      R   -   Last Bootstrapped
  13  unsigned  R   -   Registration Priority Order
  14  unsigned  RW  -   Initial Registration Delay Timer | s
  15  boolean   R   -   Registration Failure Block
  16  boolean   R   -   Bootstrap on Registration Failure
  17  unsigned  RW  -   Communication Retry Count
  18  unsigned  RW  -   Communication Retry Timer | s
  19  unsigned  RW  -   Communication Sequence Delay Timer | s
  20  unsigned  RW  -   Communication Sequence Retry Count
  21  boolean   RW  -   Trigger
  22  string    RW  -   Preferred Transport
  23  boolean   RW  -   Mute Send
`);

const accessControl = resourceTable(`
  0   integer   R   M   Object ID
  1   integer   R   M   Object Instance ID
  2   integer   RW  *   ACL
  3   integer   RW  M   Access Control Owner
`);

const device = resourceTable(`
  0   string    R   -   Manufacturer
  1   string    R   -   Model Number
  2   string    R   -   Serial Number
  3   string    R   -   Firmware Version
  4   none      E   M   Reboot
  5   none      E   -   Factory Reset
  6   integer   R   *   Available Power Sources
  7   integer   R   *   Power Source Voltage | mV
  8   integer   R   *   Power Source Current | mA
  9   integer   R   -   Battery Level | %
  10  integer   R   -   Memory Free | KiB
  11  integer   R   M*  Error Code
  12  none      E   -   Reset Error Code
  13  time      RW  -   Current Time
  14  string    RW  -   UTC Offset
  15  string    RW  -   Timezone
  16  string    R   M   Supported Binding and Modes
  17  string    R   -   Device Type
  18  string    R   -   Hardware Version
  19  string    R   -   Software Version
  20  integer   R   -   Battery Status
  21  integer   R   -   Memory Total | KiB
  22  objlnk    R   *   ExtDevInfo
`);

const connectivityMonitoring = resourceTable(`
  0   integer   R   M   Network Bearer
  1   integer   R   M*  Available Network Bearer
  2   integer   R   M   Radio Signal Strength | dBm
  3   integer   R   -   Link Quality
  4   string    R   M*  IP Addresses
  5   string    R   *   Router IP Addresses
  6   integer   R   -   Link Utilization | %
  7   string    R   *   APN
  8   integer   R   -   Cell ID
  9   integer   R   -   SMNC
  10  integer   R   -   SMCC
  11  integer   R   -   SignalSNR | dB
  12  integer   R   -   LAC
`);

const firmwareUpdate = resourceTable(`
  0   opaque    W   M   Package
  1   string    RW  M   Package URI
  2   none      E   M   Update
  3   integer   R   M   State
  5   integer   R   M   Update Result
  6   string    R   -   PkgName
  7   string    R   -   PkgVersion
  8   integer   R   *   Firmware Update Protocol Support
  9   integer   R   M   Firmware Update Delivery Method
  10  none      E   -   Cancel
  11  integer   RW  -   Severity
  12  time      R   -   Last State Change Time
  13  unsigned  RW  -   Maximum Defer Period | s
`);

const location = resourceTable(`
  0   float     R   M   Latitude | lat
  1   float     R   M   Longitude | lon
  2   float     R   -   Altitude | m
  3   float     R   -   Radius | m
  4   opaque    R   -   Velocity
  5   time      R   M   Timestamp
  6   float     R   -   Speed | m/s
`);

const connectivityStatistics = resourceTable(`
  0   integer   R   -   SMS Tx Counter
  1   integer   R   -   SMS Rx Counter
  2   integer   R   -   Tx Data | KiB
  3   integer   R   -   Rx Data | KiB
  4   integer   R   -   Max Message Size | B
  5   integer   R   -   Average Message Size | B
  6   none      E   M   Start
  7   none      E   M   Stop
  8   integer   RW  -   Collection Period | s
`);

/** Its identifiers and secrets are strings in version 1 and opaque in version 2: they stay untyped. */
const oscore = resourceTable(`
  3   integer   -   -   OSCORE AEAD Algorithm
  4   integer   -   -   OSCORE HMAC Algorithm
`);

export const coreObjects: readonly ObjectDefinition[] = [
  defineObject(0, 'LWM2M Security', 'multiple', security),
  defineObject(1, 'LwM2M Server', 'multiple', server),
  defineObject(2, 'LwM2M Access Control', 'multiple', accessControl),
  defineObject(3, 'Device', 'single', device),
  defineObject(4, 'Connectivity Monitoring', 'single', connectivityMonitoring),
  defineObject(5, 'Firmware Update', 'single', firmwareUpdate),
  defineObject(6, 'Location', 'single', location),
  defineObject(7, 'Connectivity Statistics', 'single', connectivityStatistics),
  defineObject(21, 'LWM2M OSCORE', 'multiple', oscore),
];
