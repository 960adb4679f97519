import Foundation
import SallyportCore
import SallyportIdentity
import Testing

@Suite struct PrivateKeyFileTests {
  @Test func createsAFileThatOnlyItsOwnerReadsAndNeverOverwritesIt() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/key.pem"
      let key = try PrivateKeyFile.create(path)
      #expect(try permissions(path) == 0o600)
      #expect(try PrivateKeyFile.load(path).publicKeyFingerprint == key.publicKeyFingerprint)
      let error = #expect(throws: IdentityError.self) { try PrivateKeyFile.create(path) }
      #expect(error?.code == .fileExists)
      #expect(try PrivateKeyFile.load(path).publicKeyFingerprint == key.publicKeyFingerprint)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["key.pem"])
    }
  }

  @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o610, 0o601, 0o666, 0o777])
  func refusesAFileThatOthersMayAccess(mode: Int) throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/key.pem"
      _ = try PrivateKeyFile.create(path)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let error = try #require(
        #expect(throws: IdentityError.self) { try PrivateKeyFile.load(path) })
      #expect(error.code == .unsafeFile)
      #expect(error.message.contains(path))
      #expect(error.message.contains("0" + String(mode, radix: 8)))
      #expect(error.message.contains("chmod 600"))
    }
  }

  @Test func acceptsAReadOnlyKey() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/key.pem"
      _ = try PrivateKeyFile.create(path)
      try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
      #expect(throws: Never.self) { _ = try PrivateKeyFile.load(path) }
    }
  }

  @Test func refusesWhatIsNoKeyFile() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/key.pem"
      let missing = #expect(throws: IdentityError.self) { try PrivateKeyFile.load(path) }
      #expect(missing?.code == .missingFile)
      #expect(missing?.message.contains(path) == true)

      for text in [
        "", "secret-words", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      ] {
        try DurableFile.replace(path, contents: Array(text.utf8), mode: .ownerOnly)
        let error = #expect(throws: IdentityError.self) { try PrivateKeyFile.load(path) }
        #expect(error?.code == .invalidCertificate)
        #expect(error.map { "\($0)".contains("secret-words") } == false)
      }

      try DurableFile.replace(
        path, contents: [UInt8](repeating: 0x41, count: DurableFile.maximumSize + 1),
        mode: .ownerOnly)
      #expect(throws: IdentityError.self) { try PrivateKeyFile.load(path) }

      let directoryError = #expect(throws: IdentityError.self) {
        try PrivateKeyFile.load(directory)
      }
      #expect(directoryError?.code == .unsafeFile)
    }
  }

  @Test func aNamedPipeDoesNotBlockTheLoad() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/pipe"
      #expect(mkfifo(path, 0o600) == 0)
      let error = #expect(throws: IdentityError.self) { try PrivateKeyFile.load(path) }
      #expect(error?.code == .unsafeFile)
    }
  }

  @Test func theKeyNeverShowsItself() throws {
    let key = SigningKey.generate()
    let pem = key.pemRepresentation.withValue { $0 }
    let line = try #require(pem.split(separator: "\n").dropFirst().first)
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains(line))
  }

  @Test func privateDirectoriesAreNotWritableByOthers() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/state"
      try PrivateDirectory.prepare(path)
      #expect(try permissions(path) == 0o700)
      try PrivateDirectory.prepare(path)
      try FileManager.default.setAttributes([.posixPermissions: 0o775], ofItemAtPath: path)
      let error = #expect(throws: IdentityError.self) { try PrivateDirectory.prepare(path) }
      #expect(error?.code == .unsafeFile)
      #expect(error?.message.contains("chmod 700") == true)
    }
  }
}
