package import SallyportGitProtocol

/// What an upstream is asked: what is left of a worker's request once it has been checked.
package struct UpstreamRequest: Hashable, Sendable {
  package let path: RepositoryPath
  /// Of an advertisement, the newest that the worker understands; of a fetch, that in which it is
  /// written.
  package let version: ProtocolVersion
  /// Bytes; nil where that is not known yet.
  package let bodyLength: Int?

  package init(path: RepositoryPath, version: ProtocolVersion, bodyLength: Int?) {
    self.path = path
    self.version = version
    self.bodyLength = bodyLength
  }

  /// `Git-Protocol` (gitprotocol-http(5)), or `GIT_PROTOCOL`.
  var versionParameter: String? {
    version == .v0 ? nil : "version=\(version.rawValue)"
  }
}
