//! How long a ranking may take.

use std::time::{Duration, Instant};

use crate::exit::Failure;

/// A limit that starts now; absent is for ever.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit {
    started: Instant,
    limit: Option<Duration>,
}

impl TimeLimit {
    /// From `90`, `90s`, `10m` or `1.5h`.
    ///
    /// # Errors
    /// With exit code 2.
    pub fn new(typed: Option<&str>) -> Result<Self, Failure> {
        let limit = typed.map(parse).transpose()?;
        Ok(Self { started: Instant::now(), limit })
    }

    /// Whether it has passed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.started.elapsed() >= limit)
    }
}

fn parse(typed: &str) -> Result<Duration, Failure> {
    let (number, unit) = match typed.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, typed.chars().last().unwrap_or('s')),
        None => (typed, 's'),
    };
    let factor = match unit {
        'h' => 3600.0,
        'm' => 60.0,
        _ => 1.0,
    };
    number
        .parse::<f64>()
        .ok()
        .map(|number| number * factor)
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0 && *seconds < 1e9)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| {
            Failure::usage(anyhow::anyhow!("expected a time limit such as 90s, 10m or 1.5h, found '{typed}'"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        for (typed, seconds) in [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400)] {
            assert_eq!(parse(typed).ok(), Some(Duration::from_secs(seconds)));
        }
        for typed in ["", "m", "-1", "nan", "1d", "0"] {
            assert!(parse(typed).is_err(), "{typed}");
        }
        assert!(TimeLimit::new(None).is_ok_and(|limit| !limit.is_over()));
    }
}
