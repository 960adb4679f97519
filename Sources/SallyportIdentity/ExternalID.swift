import SallyportCore

/// The random per-tenant value that a worker pins when it enrolls and checks on every job: a
/// gateway that mixes up two tenants cannot make a worker run the other one's job.
///
/// 128 bits as 32 lower-case hexadecimal digits, made by the gateway, never chosen by anybody.
package struct ExternalID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }

  /// Exact comparison in constant time: no prefix, no case folding.
  package func matches(_ text: String) -> Bool {
    constantTimeEqual(Array(rawValue.utf8), Array(text.utf8))
  }
}
