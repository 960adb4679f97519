/// The version of this software.
package enum SallyportVersion {
  package static let current = "0.1.0"
}
