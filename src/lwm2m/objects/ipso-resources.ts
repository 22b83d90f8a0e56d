/**
 * The reusable resources of the IPSO objects: their identifier alone gives name, type and operations, whatever the object (OMA
 * registry, reusable resources). Only those are here whose definition is certain.
 */
import { resourceTable } from './definition-table.ts';

export const ipsoResources = resourceTable(`
  5500  boolean  R   -  Digital Input State
  5501  integer  R   -  Digital Input Counter
  5502  boolean  RW  -  Digital Input Polarity
  5503  integer  RW  -  Digital Input Debounce | ms
  5504  integer  RW  -  Digital Input Edge Selection
  5505  none     E   -  Digital Input Counter Reset
  5506  time     RW  -  Current Time
  5507  float    RW  -  Fractional Time | s
  5508  float    R   -  Min X Value
  5509  float    R   -  Max X Value
  5510  float    R   -  Min Y Value
  5511  float    R   -  Max Y Value
  5512  float    R   -  Min Z Value
  5513  float    R   -  Max Z Value
  5514  string   R   -  Latitude
  5515  string   R   -  Longitude
  5516  string   R   -  Uncertainty
  5517  opaque   R   -  Velocity
  5518  time     R   -  Timestamp
  5519  float    R   -  Min Limit
  5520  float    R   -  Max Limit
  5521  float    RW  -  Delay Duration | s
  5522  opaque   RW  -  Clip
  5523  none     E   -  Trigger
  5524  float    RW  -  Duration | s
  5525  float    RW  -  Minimum Off-time | s
  5526  integer  RW  -  Mode
  5527  string   RW  -  Text
  5528  integer  RW  -  X Coordinate
  5529  integer  RW  -  Y Coordinate
  5530  none     E   -  Clear Display
  5531  float    RW  -  Contrast | %
  5532  boolean  R   -  Increase Input State
  5533  boolean  R   -  Decrease Input State
  5534  integer  RW  -  Counter
  5536  float    RW  -  Current Position
  5537  float    RW  -  Transition Time | s
  5538  float    R   -  Remaining Time | s
  5541  integer  RW  -  Up Counter
  5542  integer  RW  -  Down Counter
  5543  boolean  R   -  Digital State
  5544  float    RW  -  Cumulative Time | s
  5545  integer  R   -  Max X Coordinate
  5546  integer  R   -  Max Y Coordinate
  5547  integer  R   -  Multi-state Input
  5548  float    RW  -  Level | %
  5550  boolean  RW  -  Digital Output State
  5551  boolean  RW  -  Digital Output Polarity
  5600  float    R   -  Analog Input Current Value
  5601  float    R   -  Min Measured Value
  5602  float    R   -  Max Measured Value
  5603  float    R   -  Min Range Value
  5604  float    R   -  Max Range Value
  5605  none     E   -  Reset Min and Max Measured Values
  5650  float    RW  -  Analog Output Current Value
  5700  float    R   -  Sensor Value
  5701  string   R   -  Sensor Units
  5702  float    R   -  X Value
  5703  float    R   -  Y Value
  5704  float    R   -  Z Value
  5705  float    R   -  Compass Direction | deg
  5706  string   RW  -  Colour
  5750  string   RW  -  Application Type
  5751  string   R   -  Sensor Type
  5800  float    R   -  Instantaneous active power | W
  5801  float    R   -  Min Measured active power | W
  5802  float    R   -  Max Measured active power | W
  5803  float    R   -  Min Range active power | W
  5804  float    R   -  Max Range active power | W
  5805  float    R   -  Cumulative active power | Wh
  5806  float    W   -  Active Power Calibration | W
  5810  float    R   -  Instantaneous reactive power | var
  5811  float    R   -  Min Measured reactive power | var
  5812  float    R   -  Max Measured reactive power | var
  5813  float    R   -  Min Range reactive power | var
  5814  float    R   -  Max Range reactive power | var
  5815  float    R   -  Cumulative reactive power | varh
  5816  float    W   -  Reactive Power Calibration | var
  5820  float    R   -  Power factor
  5821  float    RW  -  Current Calibration
  5822  none     E   -  Reset Cumulative energy
  5823  string   RW  -  Event Identifier
  5826  integer  RW  -  Criticality Level
  5850  boolean  RW  -  On/Off
  5851  integer  RW  -  Dimmer | %
  5852  integer  RW  -  On time | s
  5853  string   RW  -  Multi-state Output
  5854  integer  RW  -  Off Time | s
  5900  float    RW  -  Set Point Value
  5903  integer  RW  -  Busy to Clear delay | ms
  5904  integer  RW  -  Clear to Busy delay | ms
  5910  integer  R   -  Bitmap Input
  5911  none     E   -  Bitmap Input Reset
  5912  string   RW  *  Element Description
  6042  integer  R   -  Measurement Quality Indicator
  6049  integer  R   -  Measurement Quality Level
`);
