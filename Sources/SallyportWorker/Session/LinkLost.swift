/// The connection to the gateway ended in the middle of something.
package struct LinkLost: Error, CustomStringConvertible {
  package var description: String { "the connection to the gateway was lost" }
}
