/// A version of Git's wire protocol.
///
/// A client names the one it would like in `Git-Protocol`; the server answers in that or in an
/// older one. So what counts is what the bytes are.
package enum ProtocolVersion: Int, Hashable, Sendable, CaseIterable {
  case v0
  case v1
  case v2
}
