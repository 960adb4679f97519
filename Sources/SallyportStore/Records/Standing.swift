/// Whether an identity may act.
package enum Standing: Hashable, Sendable {
  case active
  case revoked
  /// No such identity was ever recorded here, whatever its certificate says.
  case unknown
}
