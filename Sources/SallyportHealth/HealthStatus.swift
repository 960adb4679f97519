/// What one check found.
package enum HealthStatus: Sendable, Equatable {
  case passing(String)
  case failing(String)
}
