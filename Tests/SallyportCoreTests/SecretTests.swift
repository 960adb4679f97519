import SallyportBytes
import SallyportCore
import Synchronization
import Testing

@Suite struct SecretTests {
  /// What happened to the bytes of a ``Contents``.
  private final class Fate: Sendable {
    let wipedInPlace = Mutex<Bool?>(nil)
  }

  private struct Contents: SecretContents {
    var bytes = [UInt8](repeating: 0xA5, count: 64)
    let fate: Fate

    mutating func wipe() {
      let before = bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
      bytes.withUnsafeMutableBytes { buffer in
        buffer.overwrite()
        let isInPlace = UInt(bitPattern: buffer.baseAddress) == before
        fate.wipedInPlace.withLock { $0 = isInPlace && buffer.allSatisfy { $0 == 0 } }
      }
    }
  }

  /// In place: nothing else holds the array, so that no copy is overwritten in its stead.
  @Test func bytesAreOverwrittenInPlaceWhenTheLastCopyIsGone() throws {
    let fate = Fate()
    var copies = [Secret(Contents(fate: fate))]
    copies.append(copies[0])
    let sum = copies[1].withValue { $0.bytes.reduce(0) { $0 + Int($1) } }
    #expect(sum == 64 * 0xA5)
    copies.removeFirst()
    #expect(fate.wipedInPlace.withLock(\.self) == nil)
    copies.removeFirst()
    #expect(fate.wipedInPlace.withLock(\.self) == true)
  }

  @Test func neverPrintsItsValue() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped] {
      #expect(!text.contains("hunter2"))
    }
    #expect(secret.withValue { $0 } == "hunter2")
  }

  @Test func comparesWholeByteStrings() {
    #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
    #expect(constantTimeEqual([UInt8](), []))
  }
}
