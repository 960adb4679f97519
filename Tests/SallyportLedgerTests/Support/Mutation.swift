/// One random change to bytes that were good.
enum Mutation {
  static func apply(to bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    guard !bytes.isEmpty else { return [UInt8.random(in: 0...255, using: &generator)] }
    let index = Int.random(in: 0..<bytes.count, using: &generator)
    let end = min(index + Int.random(in: 1...400, using: &generator), bytes.count)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes[index] = interesting[Int.random(in: 0..<interesting.count, using: &generator)]
    case 2: bytes.remove(at: index)
    case 3: bytes.insert(interesting[index % interesting.count], at: index)
    case 4: bytes.removeSubrange(index..<end)
    case 5: bytes.insert(contentsOf: bytes[index..<end], at: index)
    case 6: bytes.removeSubrange(index...)
    default: bytes.append(contentsOf: bytes[index..<end])
    }
    return bytes
  }

  private static let interesting =
    Array("\n\r\t \"\\{}[]:,0129aAfuFnul-+.eE/".utf8) + [0, 0x7f, 0xff]
}
