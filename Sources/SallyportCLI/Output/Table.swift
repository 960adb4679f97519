import SallyportConfig

/// Text in aligned columns, two spaces apart.
///
/// Cells come from elsewhere and are escaped, so that no value can move the cursor or forge a row.
package struct Table: Sendable {
  package var columns: [String]
  package var rows: [[String]]

  package init(columns: [String], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// Names and values in two columns without a header.
  package init(details: [(name: String, value: String)]) {
    self.init(columns: [], rows: details.map { [$0.name, $0.value] })
  }

  /// Lines that end with a newline, without trailing blanks.
  package func render() -> String {
    let lines = (columns.isEmpty ? [] : [columns.map { $0.uppercased() }]) + rows.map(escaped)
    var widths: [Int] = []
    for line in lines {
      for (index, cell) in line.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], cell.count)
      }
    }
    return lines.map { self.line($0, widths) + "\n" }.joined()
  }

  private func escaped(_ row: [String]) -> [String] {
    row.map { $0.isEmpty ? "-" : ShownText.escaped($0) }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      line += cell
      guard index < cells.count - 1 else { break }
      line += String(repeating: " ", count: widths[index] - cell.count + 2)
    }
    return line
  }
}
