package import SallyportCore

/// What a worker can provide: the sources of a secrets file.
package struct SecretCatalog: Hashable, Sendable {
  package static let maximumSources = 1_000
  package static let version = "1"

  package let sources: [SecretSource]
  private let indices: [SecretName: Int]

  /// Names are unique: the file is refused otherwise.
  init(sources: [SecretSource]) {
    self.sources = sources
    var indices: [SecretName: Int] = [:]
    for (index, source) in sources.enumerated() {
      for name in source.contents.names { indices[name] = index }
    }
    self.indices = indices
  }

  package var names: [SecretName] { indices.keys.sorted() }

  package func source(of name: SecretName) -> SecretSource? {
    indices[name].map { sources[$0] }
  }

  /// Variables of the worker's own environment that hold secrets.
  package var variables: Set<String> {
    Set(
      sources.compactMap { source in
        if case .environment(let variable) = source.provider { variable } else { nil }
      })
  }
}
