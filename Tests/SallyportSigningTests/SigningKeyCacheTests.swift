import FoundationEssentials
import Glibc
import SallyportSigning
import Testing

@Suite struct SigningKeyCacheTests {
  private let first = JobSigningKey.generate()
  private let second = JobSigningKey.generate()

  /// A cache of a trusted key's file and a list of revoked keys.
  ///
  /// - Parameter isLater: Long after the files were made, so that they count as settled.
  private func withCache(
    isLater: Bool,
    _ body: (_ cache: SigningKeyCache, _ key: String, _ revoked: String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "sallyport-keys-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (key, revoked) = ("\(folder.path)/key.pub", "\(folder.path)/revoked")
    try write(first.publicKey.pem, to: key)
    try write("", to: revoked)
    let now = Int(Date().timeIntervalSince1970) + (isLater ? 60 : 0)
    let cache = SigningKeyCache(SigningKeyFiles(trusted: [key], revoked: revoked)) { now }
    #expect(try cache.load().ids == [first.id])
    #expect(try cache.load().ids == [first.id])
    try body(cache, key, revoked)
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  @Test(arguments: [false, true]) func aKeyThatTakesItsPlaceCountsAtOnce(isLater: Bool) throws {
    try withCache(isLater: isLater) { cache, key, _ in
      try write(second.publicKey.pem, to: key + ".new")
      try #require(rename(key + ".new", key) == 0)
      #expect(try cache.load().ids == [second.id])
    }
  }

  @Test(arguments: [false, true]) func aRevokedKeyIsRefusedAtOnce(isLater: Bool) throws {
    try withCache(isLater: isLater) { cache, _, revoked in
      try write("\(first.id)\n", to: revoked)
      #expect(try cache.load().ids == [])
    }
  }

  @Test(arguments: [false, true]) func aFileThatIsGoneTrustsNobody(isLater: Bool) throws {
    try withCache(isLater: isLater) { cache, key, revoked in
      try FileManager.default.removeItem(atPath: revoked)
      #expect(throws: SignedJobError.self) { try cache.load() }
      try write("", to: revoked)
      try FileManager.default.removeItem(atPath: key)
      #expect(throws: SignedJobError.self) { try cache.load() }
    }
  }

  /// Two changes within one tick of a file system's clock have the same time.
  @Test func aFileThatWasJustChangedIsReadAgain() throws {
    try withCache(isLater: false) { cache, key, _ in
      try write(second.publicKey.pem, to: key)
      #expect(try cache.load().ids == [second.id])
    }
  }
}
