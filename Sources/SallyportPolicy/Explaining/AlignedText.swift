internal import SallyportConfig

/// Text in aligned columns, two spaces apart. Cells are escaped, so that none can forge a row.
enum AlignedText {
  static func render(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map { ShownText.escaped($0) } }
    var widths: [Int] = []
    for row in rows {
      for (index, cell) in row.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], cell.count)
      }
    }
    return rows.map { line($0, widths) + "\n" }.joined()
  }

  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      line += cell
      guard cells[(index + 1)...].contains(where: { !$0.isEmpty }) else { break }
      line += String(repeating: " ", count: widths[index] - cell.count + 2)
    }
    return line
  }
}
