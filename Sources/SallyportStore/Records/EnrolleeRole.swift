/// What kind of process enrolled.
package enum EnrolleeRole: String, Hashable, Sendable {
  case worker
  case agent
}
