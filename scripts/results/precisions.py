"""How far the measures of a pair move with the precision of the products, in standard errors of the f32 result.

    python3 scripts/results/precisions.py TRANSFERSCOPE SOURCE TARGET DATA OUT [further words for `measure`]

Runs `measure` in f32, bf16x3 and bf16 on the same images, keeps the results in OUT and prints a table.
"""
import json
import os
import subprocess
import sys

program, source, target, data, out, *words = sys.argv[1:]
os.makedirs(out, exist_ok=True)
results = {}
for precision in ("f32", "bf16x3", "bf16"):
    path = os.path.join(out, f"{precision}.json")
    if not os.path.exists(path):
        command = [program, "measure", "--source", source, "--target", target, "--data", data, "--precision", precision,
                   "--json", *words]
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        with open(path + ".part", "wb") as file:
            file.write(found)
        os.rename(path + ".part", path)
    with open(path, encoding="utf-8") as file:
        results[precision] = json.load(file)

FIGURES = {
    "alpha1": lambda side: side["alpha1"],
    "alpha2": lambda side: side["alpha2"],
    "combined": lambda side: side["combined"],
    "prediction changed": lambda side: side["success"]["prediction_changed"],
}
print("| measure | direction | f32 | standard error | bf16x3 moves | bf16 moves |\n| --- | --- | --- | --- | --- | --- |")
for name, figure in FIGURES.items():
    for direction in ("s_to_t", "t_to_s"):
        base = figure(results["f32"][direction])
        moves = []
        for precision in ("bf16x3", "bf16"):
            moved = figure(results[precision][direction])["estimate"] - base["estimate"]
            moves.append(f"{moved:+.2e} ({moved / base['std_error']:+.3f} SE)")
        print(f"| {name} | {'S→T' if direction == 's_to_t' else 'T→S'} | {base['estimate']:.4f} | {base['std_error']:.4f} "
              f"| {' | '.join(moves)} |")
settings = results["f32"]["settings"]
print(f"\n{results['f32']['data']['images']} images, {settings['attack']}, eps {settings['eps']:.4f}, {settings['steps']} steps; "
      + ", ".join(result["settings"]["engine"] for result in results.values()))
