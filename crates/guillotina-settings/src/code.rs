//! The numbers of the diagnostics, each with its title, in one table.

use std::fmt;

/// The number of a kind of mistake, such as `G0005`. It never changes its meaning, so that it can be searched for.
///
/// ```
/// use guillotina_settings::Code;
/// assert_eq!(Code::UNKNOWN_KEY.id(), "G0005");
/// assert_eq!(Code::UNKNOWN_KEY.title(), "unknown key");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal;)*) => {
        impl Code {
            $(
                #[doc = concat!("`", $id, "`: ", $title, ".")]
                pub const $name: Self = Self($id);
            )*
        }

        /// Every code with its one-line title, in the order of the numbers.
        pub const CODES: &[(&str, &str)] = &[$(($id, $title),)*];
    };
}

codes! {
    FILE_UNREADABLE = "G0001", "settings file cannot be read";
    FILE_SYNTAX = "G0002", "settings file is not valid TOML, YAML or JSON";
    UNKNOWN_APPLICATION = "G0003", "unknown application";
    UNKNOWN_FACTORY = "G0004", "unknown factory";
    UNKNOWN_KEY = "G0005", "unknown key";
    WRONG_TYPE = "G0006", "wrong type";
    MISSING_UTILITY = "G0007", "missing utility";
    NOT_PROVIDED = "G0008", "factory does not provide the interface in `provides`";
    CYCLE = "G0009", "cycle of requirements";
    CONFLICT = "G0010", "two applications register the same component";
    OVERRIDE = "G0011", "one application overrides another";
    NOT_ENABLED = "G0012", "plugin is linked but not enabled";
    FACTORY_FAILED = "G0013", "factory failed";
    DATABASE = "G0014", "database cannot be opened";
    DEFAULT_PASSWORD = "G0015", "default root password on an address that is not loopback";
    BIND = "G0016", "address cannot be bound";
    UNKNOWN_INTERFACE = "G0017", "unknown interface";
    BAD_VALUE = "G0018", "bad value";
    PROVISIONING = "G0019", "provisioning failed";
    MALFORMED_SETTING = "G0020", "malformed override or environment variable";
    MISSING_SETTING = "G0021", "required setting is missing";
}

impl Code {
    /// The number, such as `G0005`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.0
    }

    /// What the number stands for, in one line.
    #[must_use]
    pub fn title(self) -> &'static str {
        CODES.iter().find(|(id, _)| *id == self.0).map_or("", |(_, title)| title)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
