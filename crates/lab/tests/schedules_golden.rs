//! The learning rate of every step against PyTorch's schedulers (`scripts/golden/schedules.py`).

use std::{collections::BTreeMap, error::Error};

use serde::Deserialize;
use transferscope_lab::training::{Recipe, Schedule};

#[derive(Deserialize)]
struct Golden {
    rate: f64,
    epochs: usize,
    steps: usize,
    cases: BTreeMap<String, Vec<f64>>,
}

/// PyTorch's cosine is a recursion that rounds at every step: 35 steps at 2e-16 of rates up to 0.1 stay below 1e-14.
#[test]
fn every_rate_is_pytorchs() -> Result<(), Box<dyn Error>> {
    let golden: Golden = serde_json::from_str(include_str!("golden/schedules.json"))?;
    let base = Recipe { epochs: golden.epochs, rate: golden.rate, ..Recipe::default() };
    let recipes = [
        ("constant", Recipe { schedule: Schedule::Constant, ..base }),
        ("cosine", Recipe { schedule: Schedule::Cosine, ..base }),
        ("cosine-by-epoch", Recipe { schedule: Schedule::CosineByEpoch, ..base }),
        ("one-cycle", Recipe { schedule: Schedule::ONE_CYCLE, ..base }),
        ("linear", Recipe { schedule: Schedule::Linear, ..base }),
        ("warm linear", Recipe { schedule: Schedule::Linear, warm_up: 1.0, ..base }),
        ("warm cosine", Recipe { schedule: Schedule::Cosine, warm_up: 1.0, ..base }),
    ];
    assert_eq!(golden.cases.len(), recipes.len());
    for (name, recipe) in recipes {
        let expected = golden.cases.get(name).ok_or("every recipe has its case")?;
        assert_eq!(expected.len(), golden.epochs * golden.steps);
        for (step, expected) in expected.iter().enumerate() {
            let found = recipe.rate_at(step, golden.steps);
            assert!((found - expected).abs() < 1e-14, "{name}, step {step}: {found}, PyTorch has {expected}");
        }
    }
    Ok(())
}
