/// Why a sealed secret cannot be had. Never anything of its value.
struct SealedSecretError: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
