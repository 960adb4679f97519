/// Text as jobs print it, the same in every run.
enum SampleText {
  private static let lines = [
    "[12/418] Compiling module SallyportTransport\n",
    "   at com.example.billing.InvoiceService.render(InvoiceService.java:214)\n",
    "npm notice created a lockfile as package-lock.json. You should commit this file.\n",
    "PASS  src/components/Checkout.test.tsx (5.214 s)\n",
    "2026-02-11T08:14:22.118Z INFO  http: GET /healthz 200 1ms trace=4bf92f3577b34da6a3ce929d0e0e4736\n",
  ]

  static func bytes(_ count: Int) -> [UInt8] {
    var text: [UInt8] = []
    var number = 0
    while text.count < count {
      text += lines[number % lines.count].utf8
      number += 1
    }
    return Array(text.prefix(count))
  }

  /// With `words` at even distances, one after the other.
  static func bytes(_ count: Int, with words: [[UInt8]], every distance: Int) -> [UInt8] {
    var text = bytes(count)
    for (number, start) in stride(from: distance / 2, to: count, by: distance).enumerated() {
      let word = words[number % words.count]
      guard start + word.count <= count else { break }
      text.replaceSubrange(start..<start + word.count, with: word)
    }
    return text
  }
}
