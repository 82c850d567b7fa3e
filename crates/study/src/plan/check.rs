//! Making sense of a study file: every name looked up, every number held against its range.

use std::{collections::BTreeSet, path::PathBuf};

use transferscope_network::zoo::{self, Settings};

use super::{
    AttackSettings, Claim, DataPlace, Endpoint, EndpointStatistic, Measure, Problem, Reference, SeenFrom,
    SourceNetwork, Study, StudyFile, TargetTask, TransferMethod, TransferSettings, Transform,
    check_attack::{attack, size},
    check_recipe::recipe,
    check_text::{self, TextSide},
    endpoint::read_kind,
    error::unknown_word,
    study_file::NetworkFile,
};

/// Training seeds that every study has: with fewer, the spread between seeds is not known.
const FEWEST_SEEDS: usize = 3;

pub(super) fn check(file: &StudyFile) -> Result<Study, Problem> {
    let root = PathBuf::from(&file.data.root);
    check_seeds("seeds", &file.seeds, FEWEST_SEEDS)?;
    check_seeds("target.reference_seeds", &file.target.reference_seeds, 1)?;
    let side = check_text::text_side(file, &root)?;
    let texts = side.is_some();
    // Shared settings first, so that a mistake in them is not told of the first network that has them.
    recipe("training", &file.training, texts)?;
    recipe("target.training", &file.target.training.over(&file.training), texts)?;
    let attack = attack(&file.attack)?;
    let target = DataPlace {
        data: file.target.data.clone(),
        test_data: file.target.test_data.clone(),
        classes: Vec::new(),
        size: file.target.size,
        root: root.clone(),
        key: "target.data".to_owned(),
    };
    target.check()?;
    let stand_in = stand_in(file, &target)?;
    let tasks = tasks(file, &target)?;
    let sources: Vec<SourceNetwork> = file
        .source
        .networks
        .iter()
        .enumerate()
        .map(|(place, network)| source(file, place, network, &root, side.as_ref()))
        .collect::<Result<_, _>>()?;
    distinct("source.networks", sources.iter().map(|source| source.name.as_str()))?;
    let references: Vec<Reference> = file
        .target
        .references
        .iter()
        .enumerate()
        .map(|(place, reference)| {
            let key = format!("target.references.{place}");
            let (family, width) = architecture(&key, &reference.network, reference.width, side.as_ref())?;
            let training = reference.training.over(&file.target.training).over(&file.training);
            Ok(Reference {
                name: name(&key, &reference.name)?,
                network: reference.network.clone(),
                family,
                width,
                recipe: recipe(&format!("{key}.training"), &training, texts)?,
            })
        })
        .collect::<Result<_, Problem>>()?;
    distinct("target.references", references.iter().map(|reference| reference.name.as_str()))?;
    if references.is_empty() {
        return Err(Problem::at("target.references", "expected at least one reference network, found none"));
    }
    let endpoint = endpoint(file, &attack)?;
    let study = Study {
        title: file.title.clone(),
        question: file.question.clone(),
        claim: Claim::read("claim", &file.claim)?,
        seeds: file.seeds.clone(),
        endpoint,
        reading: side.as_ref().map(|side| side.reading),
        pretrained: side.map(|side| side.pretrained).unwrap_or_default(),
        sources,
        target,
        stand_in,
        alpha_images: file.target.alpha_images,
        tasks,
        references,
        reference_seeds: file.target.reference_seeds.clone(),
        transfer: transfer(file)?,
        attack,
        published_image_table: published(file)?,
    };
    check_text::same_medium(&study)?;
    check_design(&study)?;
    Ok(study)
}

/// What the endpoint needs of the networks.
fn check_design(study: &Study) -> Result<(), Problem> {
    let counted: Vec<&SourceNetwork> = study.sources.iter().filter(|source| !source.control).collect();
    if counted.len() < 3 {
        return Err(Problem::at(
            "source.networks",
            format!("expected at least three networks that are no controls, found {}", counted.len()),
        ));
    }
    if study.endpoint.statistic == EndpointStatistic::Crossover {
        if study.tasks.len() != 2 {
            return Err(Problem::at(
                "target.tasks",
                format!("a crossover compares two tasks, found {}", study.tasks.len()),
            ));
        }
        if let Some(place) = study.sources.iter().position(|source| !source.control && source.mix.is_none()) {
            return Err(Problem::at(
                format!("source.networks.{place}"),
                "a crossover needs `mix` (from 0 to 1) of every network that is no control",
            ));
        }
        let first = counted.first().and_then(|source| source.mix);
        if counted.iter().all(|source| source.mix == first) {
            return Err(Problem::at("source.networks", "a crossover needs networks of different `mix`"));
        }
    }
    Ok(())
}

fn check_seeds(key: &str, seeds: &[u64], fewest: usize) -> Result<(), Problem> {
    let different: BTreeSet<u64> = seeds.iter().copied().collect();
    if different.len() != seeds.len() {
        return Err(Problem::at(key, format!("expected different seeds, found {seeds:?}")));
    }
    if seeds.len() < fewest {
        return Err(Problem::at(key, format!("expected at least {fewest} seeds, found {}", seeds.len())));
    }
    Ok(())
}

fn name(key: &str, name: &str) -> Result<String, Problem> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_+".contains(letter);
    if !name.is_empty() && name.chars().all(allowed) {
        return Ok(name.to_owned());
    }
    Err(Problem::at(format!("{key}.name"), format!("expected letters, digits, `-`, `_`, `+`, found `{name}`")))
}

fn distinct<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for (place, name) in names.enumerate() {
        if !seen.insert(name) {
            return Err(Problem::at(format!("{key}.{place}.name"), format!("the name `{name}` is given twice")));
        }
    }
    Ok(())
}

/// The family of a network, checked with its width.
fn architecture(key: &str, name: &str, width: Option<f64>, side: Option<&TextSide>) -> Result<(String, f64), Problem> {
    if let Some(side) = side {
        return check_text::architecture(key, name, width, side);
    }
    let known: Vec<&str> = zoo::architectures().iter().map(|architecture| architecture.name).collect();
    let architecture =
        zoo::find(name).map_err(|_| Problem::at(format!("{key}.network"), unknown_word(name, &known)))?;
    let width = width.unwrap_or(1.0);
    // Two classes are enough to find out whether the settings make a network.
    let settings = Settings { width, ..Settings::with_classes(2) };
    architecture.build(&settings).map_err(|error| Problem::at(format!("{key}.width"), error))?;
    Ok((architecture.family.to_owned(), width))
}

fn source(
    file: &StudyFile,
    place: usize,
    network: &NetworkFile,
    root: &std::path::Path,
    side: Option<&TextSide>,
) -> Result<SourceNetwork, Problem> {
    let key = format!("source.networks.{place}");
    let (family, width) = architecture(&key, &network.network, network.width, side)?;
    if side.is_some() {
        check_text::refuse_transforms(&key, network)?;
    }
    let share = |word: &str, value: Option<f64>, default: f64, lowest_allowed: bool| {
        let value = value.unwrap_or(default);
        let inside = value <= 1.0 && (value > 0.0 || (lowest_allowed && value == 0.0));
        if inside {
            Ok(value)
        } else {
            Err(Problem::at(format!("{key}.{word}"), format!("expected a share between 0 and 1, found {value}")))
        }
    };
    let data = DataPlace {
        data: network.data.clone().unwrap_or_else(|| file.source.data.clone()),
        test_data: match network.data {
            Some(_) => network.test_data.clone(),
            None => network.test_data.clone().or_else(|| file.source.test_data.clone()),
        },
        classes: network.classes.clone(),
        size: file.source.size,
        root: root.to_path_buf(),
        key: if network.data.is_some() || !network.classes.is_empty() {
            format!("{key}.data")
        } else {
            "source.data".to_owned()
        },
    };
    data.check()?;
    if let Some(mix) = network.mix {
        share("mix", Some(mix), 0.0, true)?;
    }
    if let Some(floor) = network.floor {
        share("floor", Some(floor), 0.0, true)?;
    }
    if network.untrained && !network.control {
        return Err(Problem::at(
            format!("{key}.untrained"),
            "an untrained network is a control: add `control = true`, so that it never enters the headline",
        ));
    }
    Ok(SourceNetwork {
        name: name(&key, &network.name)?,
        network: network.network.clone(),
        family,
        width,
        data,
        transform: Transform {
            fraction: share("fraction", network.fraction, 1.0, false)?,
            label_noise: share("label_noise", network.label_noise, 0.0, true)?,
            permuted_pixels: network.permuted_pixels,
        },
        untrained: network.untrained,
        control: network.control,
        floor: network.floor,
        mix: network.mix,
        recipe: recipe(&format!("{key}.training"), &network.training.over(&file.training), side.is_some())?,
    })
}

fn tasks(file: &StudyFile, target: &DataPlace) -> Result<Vec<TargetTask>, Problem> {
    if file.target.tasks.is_empty() {
        return Ok(vec![TargetTask { name: "target".to_owned(), data: target.clone() }]);
    }
    let tasks: Vec<TargetTask> = file
        .target
        .tasks
        .iter()
        .enumerate()
        .map(|(place, task)| {
            let key = format!("target.tasks.{place}");
            if task.classes.len() < 2 && (!task.classes.is_empty() || task.data.is_none()) {
                let message = "expected at least two classes, or none and `data` of its own";
                return Err(Problem::at(format!("{key}.classes"), message));
            }
            let own = DataPlace { classes: task.classes.clone(), key: format!("{key}.data"), ..target.clone() };
            let data = match &task.data {
                None => own,
                Some(data) => DataPlace { data: data.clone(), test_data: task.test_data.clone(), ..own },
            };
            data.check()?;
            Ok(TargetTask { name: name(&key, &task.name)?, data })
        })
        .collect::<Result<_, _>>()?;
    distinct("target.tasks", tasks.iter().map(|task| task.name.as_str()))?;
    Ok(tasks)
}

fn stand_in(file: &StudyFile, target: &DataPlace) -> Result<Option<String>, Problem> {
    let Some(real) = &file.target.stands_in_for else { return Ok(None) };
    if transferscope_lab::data::Kind::from_name(real).is_none() {
        return Err(Problem::at(
            "target.stands_in_for",
            format!("expected a kind of data such as `stl10`, found `{real}`"),
        ));
    }
    if target.kind() == *real {
        return Ok(None);
    }
    let note = file.target.stand_in_note.as_deref().unwrap_or("these data are not the set of the paper");
    Ok(Some(format!("{note} (standing in for {real}; --set target.data={real}:DIR takes the real one)")))
}

fn endpoint(file: &StudyFile, attack: &AttackSettings) -> Result<Endpoint, Problem> {
    let wish = &file.endpoint;
    let size = size("endpoint.eps", &wish.eps)?;
    let eps = attack.eps.iter().position(|(_, known)| (known - size).abs() < 1e-12).ok_or_else(|| {
        let known: Vec<&str> = attack.eps.iter().map(|(text, _)| text.as_str()).collect();
        Problem::at("endpoint.eps", format!("expected one of attack.eps ({}), found {size}", known.join(", ")))
    })?;
    Ok(Endpoint {
        statistic: EndpointStatistic::read("endpoint.statistic", &wish.statistic)?,
        measure: Measure::read("endpoint.measure", &wish.measure)?,
        direction: SeenFrom::read("endpoint.direction", &wish.direction)?,
        eps,
        kind: read_kind("endpoint.kind", &wish.kind)?,
    })
}

fn transfer(file: &StudyFile) -> Result<TransferSettings, Problem> {
    let method = file.transfer.method.as_deref().unwrap_or(TransferMethod::Probe.word());
    Ok(TransferSettings {
        method: TransferMethod::read("transfer.method", method)?,
        images: file.transfer.images,
        recipe: recipe("transfer.training", &file.transfer.training.over(&file.training), file.text.is_some())?,
    })
}

fn published(file: &StudyFile) -> Result<bool, Problem> {
    match file.published.as_deref() {
        None | Some("none") => Ok(false),
        Some("image-table") => Ok(true),
        Some(other) => Err(Problem::at("published", unknown_word(other, &["image-table", "none"]))),
    }
}
