//! Mistakes in a study: each is pointed at, with what was expected and a guess.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use transferscope_study::{
    experiments::published_study,
    plan::{Override, PlanError, parse},
    run::prepare,
};

fn demo() -> String {
    published_study("demo").unwrap().to_owned()
}

/// What is said of the demo with one text in the place of another, and in which line it stands.
fn said(from: &str, to: &str) -> (String, usize) {
    let text = demo().replacen(from, to, 1);
    assert_ne!(text, demo(), "{from}");
    let line = text.lines().position(|line| line.contains(to.lines().last().unwrap())).unwrap() + 1;
    let error = match parse("demo.toml", &text, None, &[]) {
        Err(error) => error.to_string(),
        Ok(parsed) => {
            let problem = prepare(&parsed.study, &|_, _| Err("there are no folders here".to_owned()))
                .expect_err("there is a mistake");
            parsed.place(&problem).to_string()
        }
    };
    (error, line)
}

#[test]
fn mistakes_are_pointed_at_with_line_and_guess() {
    for (from, to, words) in [
        ("seeds = [0, 1, 2]", "sead = [0, 1, 2]", vec!["unknown key `sead`", "did you mean `seeds`"]),
        ("epochs = 6", "epochs = \"many\"", vec!["invalid type"]),
        ("epochs = 6", "epochs = 0", vec!["training.epochs", "from 1"]),
        ("network = \"lenet\"", "network = \"lennet\"", vec!["did you mean `lenet`"]),
        ("measure = \"alpha1-envelope\"", "measure = \"alpha3\"", vec!["expected one of", "`alpha1`"]),
        ("direction = \"t-to-s\"", "direction = \"t-to-t\"", vec!["`s-to-t`"]),
        ("eps = \"0.1\"", "eps = \"0.3\"", vec!["one of attack.eps"]),
        ("eps = [\"0.05\"", "eps = [\"8\"", vec!["did you mean 8/255"]),
        ("kind = \"pgd\"", "kind = \"pdg\"", vec!["expected one of `fgsm`, `pgd`"]),
        (
            "[\"5\", \"6\", \"7\", \"8\", \"9\"]",
            "[\"5\", \"6\", \"7\", \"8\", \"99\"]",
            vec!["no class `99`", "did you mean `9`"],
        ),
        ("seeds = [0, 1, 2]", "seeds = [0, 1]", vec!["at least 3 seeds"]),
        ("seeds = [0, 1, 2]", "seeds = [0, 1, 1]", vec!["different seeds"]),
        ("untrained = true\ncontrol = true", "untrained = true", vec!["control = true"]),
    ] {
        let (error, line) = said(from, to);
        for word in words {
            assert!(error.contains(word), "{to}: {error}");
        }
        assert!(error.starts_with(&format!("demo.toml:{line}:")), "line {line}: {error}");
    }
}

#[test]
fn a_class_without_images_is_named() {
    // The first record of the digits is a 0, so one record of 0 and 1 holds no 1.
    let (error, _) =
        said("classes = [\"0\", \"1\", \"2\", \"3\", \"4\"]", "data = \"digits#limit=1\"\nclasses = [\"0\", \"1\"]");
    assert!(error.contains("the class `1` has no image") && error.contains("demo.toml:"), "{error}");
}

#[test]
fn overrides_and_profiles_name_themselves() {
    let with = |text: &str| {
        let typed = [Override::typed(text).unwrap()];
        parse("demo.toml", &demo(), None, &typed).map_err(|error| error.to_string())
    };
    assert!(with("training.epochs=3").is_ok_and(|parsed| parsed.study.sources[0].recipe.epochs == 3));
    assert!(with("source.networks.lenet.width=0.5").is_ok_and(|parsed| parsed.study.sources[1].width == 0.5));
    let error = with("training.epoks=3").unwrap_err();
    assert!(error.starts_with("--set training.epoks=3") && error.contains("did you mean `epochs`"), "{error}");
    let error = with("training.epochs=0").unwrap_err();
    assert!(error.starts_with("--set training.epochs=0"), "{error}");
    let error = parse("demo.toml", &demo(), Some("quik"), &[]).unwrap_err();
    assert!(matches!(&error, PlanError::Elsewhere { origin, .. } if origin == "--profile quik"), "{error}");
    // Data that are not there: the sentence says where they were looked for, and how to say it.
    let text = published_study("architectures").unwrap();
    let parsed = parse("architectures.toml", text, None, &[Override::typed("data.root=nowhere").unwrap()]).unwrap();
    let error = parsed
        .place(&prepare(&parsed.study, &|_, _| Err("there are no folders here".to_owned())).unwrap_err())
        .to_string();
    assert!(error.contains("nowhere") && error.contains("--set data.root=DIR"), "{error}");
    // STL-10 itself is no stand-in.
    let parsed = parse("a.toml", text, None, &[Override::typed("target.data=stl10:somewhere").unwrap()]).unwrap();
    assert_eq!(parsed.study.stand_in, None);
}
