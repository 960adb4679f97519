package import SallyportCore

/// One request of Git's smart HTTP protocol, version 0 (gitprotocol-http(5)).
package struct GitSmartRequest: Sendable, Hashable {
  package enum Operation: Sendable, Hashable {
    /// `GET <repository>/info/refs?service=git-upload-pack`
    case advertisement
    /// `POST <repository>/git-upload-pack` with this body; a few kilobytes of wants and haves, at
    /// most ``GitSmartRequest/maximumBody``.
    case uploadPack([UInt8])
  }

  package static let maximumBody = 1 << 20

  package let repository: RepositoryName
  package let operation: Operation

  package init(repository: RepositoryName, operation: Operation) {
    self.repository = repository
    self.operation = operation
  }
}
