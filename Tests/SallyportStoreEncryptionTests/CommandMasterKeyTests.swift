import FoundationEssentials
import Glibc
import SallyportCore
import Testing

@testable import SallyportStoreEncryption

/// Commands that stand for a key management service, as scripts.
struct CommandMasterKeyTests {
  /// Reverses its input, so that what is stored differs from what is wrapped.
  static let reverse = [
    "/usr/bin/python3", "-c",
    "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])",
  ]

  static func master(
    wrap: [String] = reverse, unwrap: [String] = reverse, timeout: Duration = .seconds(60)
  ) throws -> CommandMasterKey {
    var limits = KeyCommandLimits()
    limits.timeout = timeout
    return CommandMasterKey(
      name: "kms/1", wrap: try KeyCommand(wrap), unwrap: try KeyCommand(unwrap), limits: limits)
  }

  static func shell(_ text: String) -> [String] { ["/bin/sh", "-c", text] }

  @Test func aTenantKeyComesBackByteForByte() async throws {
    let master = try Self.master()
    // A key with bytes that a text would lose.
    let key = Samples.key(seed: 3)
    let stored = try await master.wrap(key).bytes
    let unwrapped = try await master.unwrap(
      WrappedTenantKey(stored), of: Samples.acme, id: .first)
    #expect(Samples.material(unwrapped) == Samples.material(key))
  }

  @Test func aProgramIsFoundInThePath() async throws {
    let key = Samples.key()
    let master = try Self.master(wrap: ["cat"], unwrap: ["cat"])
    let unwrapped = try await master.unwrap(master.wrap(key), of: Samples.acme, id: .first)
    #expect(Samples.material(unwrapped) == Samples.material(key))
  }

  @Test func aKeyOfAnotherTenantOrNumberIsNotUsed() async throws {
    let master = try Self.master()
    let wrapped = try await master.wrap(Samples.key())
    let second = try #require(TenantKeyID.first.next)
    for (tenant, id) in [(Samples.globex, TenantKeyID.first), (Samples.acme, second)] {
      let error = await #expect(throws: EncryptionError.self) {
        _ = try await master.unwrap(wrapped, of: tenant, id: id)
      }
      #expect(error?.code == .notAuthentic)
    }
  }

  @Test func whatTheServiceAnswersIsChecked() async throws {
    for answer in ["true", "printf short", "head -c 200 /dev/zero", "head -c 60000 /dev/zero"] {
      let master = try Self.master(wrap: ["cat"], unwrap: Self.shell(answer))
      let wrapped = try await master.wrap(Samples.key())
      let error = await #expect(throws: EncryptionError.self) {
        _ = try await master.unwrap(wrapped, of: Samples.acme, id: .first)
      }
      #expect(error?.code == .notAuthentic)
    }
    for answer in ["cat >/dev/null", "head -c 30000 /dev/zero", "head -c 10000000 /dev/zero"] {
      let error = await #expect(throws: EncryptionError.self) {
        _ = try await Self.master(wrap: Self.shell(answer)).wrap(Samples.key())
      }
      #expect(error?.code == .commandFailed)
    }
  }

  @Test func aCommandThatFailsIsNamedWithoutItsArguments() async throws {
    let error = await #expect(throws: EncryptionError.self) {
      _ = try await Self.master(wrap: Self.shell("echo no access >&2; exit 3 # sesame"))
        .wrap(Samples.key())
    }
    let message = try #require(error?.message)
    #expect(error?.code == .commandFailed)
    #expect(message.contains("sh ended with"))
    #expect(message.contains("no access"))
    #expect(!message.contains("sesame"))
  }

  @Test func aCommandThatCannotBeStartedIsSaid() async throws {
    let error = await #expect(throws: EncryptionError.self) {
      _ = try await Self.master(wrap: ["/nonexistent/kms"]).wrap(Samples.key())
    }
    #expect(error?.code == .commandFailed)
    #expect(error?.message.contains("kms could not be run") == true)
  }

  /// What it started is ended with it: the pipe that it holds would keep the call waiting.
  @Test func aCommandThatHangsIsKilledWithItsChildren() async throws {
    let start = ContinuousClock.now
    let error = await #expect(throws: EncryptionError.self) {
      _ = try await Self.master(wrap: Self.shell("sleep 600 & sleep 600"), timeout: .seconds(1))
        .wrap(Samples.key())
    }
    #expect(error?.code == .commandFailed)
    #expect(error?.message.contains("did not answer within") == true)
    #expect(ContinuousClock.now - start < .seconds(120))
  }

  @Test func aCommandThatDoesNotReadItsInputEndsNothing() async throws {
    let error = await #expect(throws: EncryptionError.self) {
      _ = try await Self.master(wrap: Self.shell("exec <&-; exit 1")).wrap(Samples.key())
    }
    #expect(error?.code == .commandFailed)
  }

  @Test(arguments: ["", " | base64 -w0", " | od -An -tx1 | tr -d ' \\n'"])
  func theKeyIsMaskedInWhatACommandComplainsAbout(_ form: String) async throws {
    let key = Samples.key(seed: 5)
    let digits = Samples.bytes(seed: 5)
    let both = "cat >\"$0\"; cat \"$0\"\(form) >&2; exit 1"
    let onlyKey = "tail -c 32 >\"$0\"; cat \"$0\"\(form) >&2; exit 1"
    try await Samples.withFolder { folder in
      for script in [both, onlyKey] {
        let command = ["/bin/sh", "-c", script, folder + "/input"]
        let wrapping = await #expect(throws: EncryptionError.self) {
          _ = try await Self.master(wrap: command).wrap(key)
        }
        let message = try #require(wrapping?.message)
        let hex = digits.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        for start in stride(from: 0, through: 32, by: 8) {
          #expect(!message.contains(hex.dropFirst(start).prefix(8)))
          #expect(!message.contains(Samples.base64(seed: 5).dropFirst(start).prefix(8)))
        }
        #expect(!Data(message.utf8).contains(Data(digits.prefix(4))))
      }
    }
  }

  @Test func theKeyIsMaskedWhereUnwrappingFails() async throws {
    let key = Samples.key(seed: 5)
    let master = try Self.master(
      wrap: ["cat"], unwrap: Self.shell("tee /dev/stderr | cat; tail -c 0; exit 1"))
    let wrapped = try await master.wrap(key)
    let error = await #expect(throws: EncryptionError.self) {
      _ = try await master.unwrap(wrapped, of: Samples.acme, id: .first)
    }
    #expect(error?.code == .commandFailed)
    let shown = Data((error?.message ?? "").utf8)
    #expect(!shown.contains(Data(Samples.bytes(seed: 5).prefix(4))))
  }

  @Test func aComplaintIsOneShortLine() async throws {
    let error = await #expect(throws: EncryptionError.self) {
      _ = try await Self.master(
        wrap: Self.shell("printf '\\033[31m%5000s\\nx' x | tr ' ' y >&2; exit 1")
      ).wrap(Samples.key())
    }
    let message = try #require(error?.message)
    #expect(message.utf8.count < 500)
    #expect(!message.unicodeScalars.contains { $0.value < 0x20 })
  }

  @Test func aCommandNeedsAProgram() {
    for arguments in [[], [""], ["kms", "a\0b"]] {
      let error = #expect(throws: EncryptionError.self) { try KeyCommand(arguments) }
      #expect(error?.code == .unusableMasterKey)
    }
  }

  @Test func theNameSaysWhichKeyItIs() throws {
    let command = try KeyCommand(["cat"])
    let one = CommandMasterKey(name: "a", wrap: command, unwrap: command)
    let other = CommandMasterKey(name: "b", wrap: command, unwrap: command)
    #expect(one.id != other.id)
    #expect(try one.id == CommandMasterKey(name: "a", wrap: KeyCommand(["x"]), unwrap: command).id)
  }
}
