import SallyportCore
import Testing

@testable import SallyportGit

@Suite struct HostileServerTests {
  private static let id = "1234567890123456789012345678901234567890"

  private static func line(_ text: String) -> [UInt8] { line(Array(text.utf8)) }

  private static func line(_ bytes: [UInt8]) -> [UInt8] {
    let digits = String(bytes.count + 4, radix: 16)
    return Array((String(repeating: "0", count: 4 - digits.count) + digits).utf8) + bytes
  }

  private static let advertisement: [UInt8] =
    line("# service=git-upload-pack\n") + Array("0000".utf8)
    + line("\(id) refs/heads/main\0side-band-64k ofs-delta multi_ack\n") + Array("0000".utf8)

  private static func check(
    _ fixture: GitFixture, _ exchange: some GitSmartExchange, limits: GitLimits = GitLimits()
  ) async throws -> GitError? {
    let error = await #expect(throws: GitError.self) {
      try await fixture.checkOut(limits: limits, through: exchange)
    }
    #expect(!fixture.exists("\(fixture.workspace())/.git/HEAD"))
    return error
  }

  @Test(arguments: [
    "", "0", "0000", "0001", "0002", "0003", "zzzz", "ffff", "-001", "00000000", "0004",
    "0004000400040000", "<html>no such repository</html>",
    "001e# service=git-upload-pack\n0000", "001e# service=git-upload-pack\n00000000",
    "001e# service=git-upload-pack\n0000000fERR denied\n",
    "001e# service=git-upload-pack\n0000003fnot an object id at all, but long enough to be one  \n0000",
    "000eversion 2\n0000",
  ])
  func advertisementOfAnotherForm(_ text: String) async throws {
    try await GitFixture.with { fixture in
      let exchange = ScriptedExchange { _, response in
        try await response.write(Array(text.utf8))
      }
      let error = try await Self.check(fixture, exchange)
      let codes: [GitError.Code] = [.truncated, .protocolViolation, .refNotFound, .library]
      #expect(error.map { codes.contains($0.code) } == true, "\(String(describing: error))")
    }
  }

  @Test func endlessAdvertisement() async throws {
    try await GitFixture.with { fixture in
      let exchange = ScriptedExchange { _, response in
        try await response.write(Self.line("# service=git-upload-pack\n") + Array("0000".utf8))
        while true {
          let block = (0..<500).flatMap { _ in
            Self.line("\(Self.id) refs/heads/\(UInt64.random(in: 0 ... .max))\n")
          }
          try await response.write(block)
        }
      }
      var limits = GitLimits()
      limits.maximumAdvertisement = 4 << 20
      let error = try await Self.check(fixture, exchange, limits: limits)
      #expect(error?.code == .limitExceeded)
    }
  }

  @Test func randomBytes() async throws {
    for seed in UInt64(0)..<200 {
      try await GitFixture.with { fixture in
        let exchange = ScriptedExchange { request, response in
          var generator = TestGenerator(seed: seed)
          let noise = (0..<Int.random(in: 0..<2_000, using: &generator)).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
          }
          if request.operation == .advertisement, seed.isMultiple(of: 2) {
            try await response.write(Self.advertisement)
          } else if seed.isMultiple(of: 3) {
            try await response.write(Self.line("NAK\n") + Self.line([1] + noise))
          } else {
            try await response.write(noise)
          }
        }
        _ = try await Self.check(fixture, exchange)
      }
    }
  }

  private static func serving(pack pieces: [[UInt8]]) -> ScriptedExchange {
    ScriptedExchange { request, response in
      if request.operation == .advertisement {
        try await response.write(advertisement)
      } else {
        try await response.write(line("NAK\n"))
        for piece in pieces { try await response.write(line([1] + piece)) }
        try await response.write(Array("0000".utf8))
      }
    }
  }

  private static func header(objects: UInt32) -> [UInt8] {
    Array("PACK".utf8) + [0, 0, 0, 2] + withUnsafeBytes(of: objects.bigEndian) { Array($0) }
  }

  @Test func packThatClaimsMoreObjectsThanThereAre() async throws {
    try await GitFixture.with { fixture in
      let exchange = Self.serving(pack: [
        Self.header(objects: .max), [UInt8](repeating: 0, count: 20),
      ])
      _ = try await Self.check(fixture, exchange)
    }
  }

  @Test func packOfTheWrongObjects() async throws {
    try await GitFixture.with { fixture in
      // A valid, empty pack: everything was promised, nothing is there.
      let empty: [UInt8] = [
        0x02, 0x9d, 0x08, 0x82, 0x3b, 0xd8, 0xa8, 0xea, 0xb5, 0x10, 0xad, 0x6a, 0xc7, 0x5c, 0x82,
        0x3c, 0xfd, 0x3e, 0xd3, 0x1e,
      ]
      let error = try await Self.check(
        fixture, Self.serving(pack: [Self.header(objects: 0) + empty]))
      #expect(error != nil)
    }
  }

  @Test func packOfUnknownVersionTypesAndBands() async throws {
    try await GitFixture.with { fixture in
      let packs: [[UInt8]] = [
        Array("PACK".utf8) + [0, 0, 0, 9, 0, 0, 0, 1],
        Array("KCAP".utf8) + [0, 0, 0, 2, 0, 0, 0, 1],
        // Type 5 is reserved, type 0 invalid; a size that never ends.
        Self.header(objects: 1) + [0x50, 0x78, 0x9c],
        Self.header(objects: 1) + [0x00, 0x78, 0x9c],
        Self.header(objects: 1) + [UInt8](repeating: 0xff, count: 64),
        // A reference delta whose base nobody has, and an offset delta to before the start.
        Self.header(objects: 1) + [0x70] + [UInt8](repeating: 7, count: 20)
          + [0x78, 0x9c, 0x03, 0, 0, 0, 0, 1],
        Self.header(objects: 1) + [0x60, 0xff, 0xff, 0x7f, 0x78, 0x9c, 0x03, 0, 0, 0, 0, 1],
      ]
      for pack in packs {
        let trailer = [UInt8](repeating: 0, count: 20)
        _ = try await Self.check(fixture, Self.serving(pack: [pack + trailer]))
      }
    }
  }

  @Test func endlessProgressMessages() async throws {
    try await GitFixture.with { fixture in
      let exchange = ScriptedExchange { request, response in
        if request.operation == .advertisement {
          try await response.write(Self.advertisement)
        } else {
          try await response.write(Self.line("NAK\n"))
          while true {
            try await response.write(Self.line([2] + [UInt8](repeating: 46, count: 60_000)))
          }
        }
      }
      var limits = GitLimits()
      limits.maximumPack = 8 << 20
      let error = try await Self.check(fixture, exchange, limits: limits)
      #expect(error?.code == .limitExceeded)
    }
  }

  @Test func objectOfHugeDeclaredSize() async throws {
    try await GitFixture.with { fixture in
      // A blob that declares 2^46 bytes.
      let size: [UInt8] = [0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]
      let exchange = Self.serving(pack: [
        Self.header(objects: 1) + size + [0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]
          + [UInt8](repeating: 0, count: 20)
      ])
      _ = try await Self.check(fixture, exchange)
    }
  }

  @Test func tooManyObjectsForTheLimit() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin(commits: 5)
      var limits = GitLimits()
      limits.maximumObjects = 10
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(limits: limits)
      }
      #expect(error?.code == .limitExceeded)
    }
  }
}
