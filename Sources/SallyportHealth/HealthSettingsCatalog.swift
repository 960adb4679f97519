package import SallyportConfig

/// The settings of an executable that has a health endpoint.
package protocol HealthSettingsCatalog: SettingsCatalog {
  static var health: HealthSettings { get }
}
