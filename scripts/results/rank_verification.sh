#!/bin/sh
# The verification of `rank`: candidates of five families and two source tasks, really fine-tuned on six targets.
#
#   TRANSFERSCOPE=target/release/transferscope scripts/results/rank_verification.sh SHARED OUT
#
#   SHARED   the folder with data/ and models/
#   OUT      where everything goes; what is there already is not done again, so it may be stopped and begun anew
#
# Stages: candidates are trained (OUT/networks, OUT/source), each is carried to each target by a new last layer and by
# fine-tuning at three rates (OUT/outcomes), each target is ranked from its training split alone (OUT/tables), and the tables are
# taken together (OUT/taus-*.txt and .json). Sources: CIFAR-10 (C-) and the first five classes of Fashion-MNIST (F-). No target
# holds an image that a candidate was trained on here; the public ResNet-20 (P-) has seen those of CIFAR-10. Everything on
# one thread; about half an hour of a core of 2025. Larger, by the environment: SOURCE_IMAGES (of CIFAR-10), SOURCE_EPOCHS,
# IMAGES and EPOCHS of each fine-tuning, TEST_IMAGES. Needs Python 3 for the tables.
set -eu
shared=$1 out=$2
program=${TRANSFERSCOPE:-transferscope}
here=$(dirname "$0")
source_images=${SOURCE_IMAGES:-4000} source_epochs=${SOURCE_EPOCHS:-5}
epochs=${EPOCHS:-2} images=${IMAGES:-600} test_images=${TEST_IMAGES:-1000}
cifar=$shared/data/cifar10-subset/cifar-10-batches-bin
tiny=cifar10:$shared/data/tiny-imagenet-subset
fashion=idx:$shared/data/fashion-mnist-subset
mkdir -p "$out/networks" "$out/source" "$out/outcomes" "$out/tables" "$out/cache" "$out/other-cifar"
# The images of CIFAR-10 that no candidate of ours was trained on, in a folder of their own.
ln -sf "$cifar/data_batch_5.bin" "$out/other-cifar/train.bin"
ln -sf "$cifar/test_batch.bin" "$out/other-cifar/test.bin"
sed '/^$/d' "$cifar/batches.meta.txt" > "$out/other-cifar/class_names.txt"

# A command whose JSON answer is kept; one that fails leaves nothing behind.
answer() { file=$1; shift; [ -s "$file" ] || { "$program" "$@" --json > "$file.part" && mv "$file.part" "$file"; }; }

architectures="resnet8-cifar#width=0.5 vgg11-bn-cifar#width=0.25 mobilenet-v1-cifar#width=0.25
wide-resnet16-4-cifar#width=0.125 fc#width=0.1"
train() { # source, architecture, training images, test images, epochs
    name=$1-${2%%#*}
    answer "$out/source/$name.json" train "$2" --data "$3" --test "$4" --epochs "$5" --rate 0.05 --keep last --crop-padding 2 \
        --threads 1 --out "$out/networks/$name.safetensors"
}
for architecture in $architectures "resnet14-cifar#width=0.5"; do
    train C "$architecture" "cifar10:$cifar#split=train&limit=$source_images" "cifar10:$cifar#split=test&limit=1000" \
        "$source_epochs"
done
for architecture in $architectures; do
    train F "$architecture" "$fashion#split=train&classes=0,1,2,3,4" "$fashion#split=test&classes=0,1,2,3,4" \
        "$source_epochs"
done
public=resnet20-cifar@$shared/models/cifar10-resnet/resnet20-12fca82f.th
answer "$out/source/P-resnet20-cifar.json" networks run "$public" --data "cifar10:$cifar#split=test&limit=1000"
"$program" networks convert "$public" --out "$out/networks/P-resnet20-cifar.safetensors" > "$out/convert.log"

targets="tiny-imagenet tiny-animals tiny-vehicles cifar10 mnist fashion-mnist"
split() { # target, split
    case $1 in
        tiny-imagenet) echo "$tiny#split=$2" ;;
        tiny-animals) echo "$tiny#split=$2&classes=bird,cat,deer,dog,frog,monkey" ;;
        tiny-vehicles) echo "$tiny#split=$2&classes=bus,car,ship,truck" ;;
        cifar10) echo "cifar10:$out/other-cifar#split=$2" ;;
        mnist) echo "idx:$shared/data/mnist-subset#split=$2" ;;
        fashion-mnist) echo "$fashion#split=$2&classes=5,6,7,8,9" ;;
    esac
}
training() { echo "$(split "$1" train)&limit=$images&seed=0"; }
carry() { # target, name, network
    for method in last-layer full; do
        case $method in
            full) more="--rates 0.03,0.01,0.003 --epochs $epochs --batch 32" ;;
            *) more= ;;
        esac
        # $more is several words or none.
        # shellcheck disable=SC2086
        answer "$out/outcomes/$1.$2.$method.json" transfer "$3" --data "$(training "$1")" \
            --test "$(split "$1" test)&limit=$test_images" --method $method $more --threads 1
    done
}
for target in $targets; do
    for network in "$out"/networks/*.safetensors; do
        carry "$target" "$(basename "$network" .safetensors)" "$network"
    done
    # Controls: never trained, and no candidates.
    carry "$target" control-resnet8-cifar "resnet8-cifar#width=0.5"
    carry "$target" control-vgg11-bn-cifar "vgg11-bn-cifar#width=0.25"
done
[ -n "${ONLY_OUTCOMES:-}" ] && exit 0

for target in $targets; do
    python3 "$here/rank_tables.py" known "$out" "$target"
    answer "$out/tables/$target.json" rank --target-data "$(training "$target")" --candidates "$out"/networks/*.safetensors \
        --outcomes "$out/outcomes/$target.csv" --alpha-images 200 --cache "$out/cache" --threads 1 \
        --table "$out/tables/$target.csv" --page "$out/tables/$target.html"
done
# shellcheck disable=SC2086
python3 "$here/rank_tables.py" variants "$out" $targets
for variant in full last-layer small; do
    for form in txt json; do
        [ $form = json ] && json=--json || json=
        # Faults (two columns of scores that happen to be equal, exit code 5) are told and are no reason to stop.
        "$program" recheck "$out/tables/$variant"/*.csv --bars source_accuracy parameters knn linear_probe $json \
            > "$out/taus-$variant.$form" || [ $? = 5 ]
    done
done
python3 "$here/rank_tables.py" outcomes "$out" $targets
cat "$out/taus-full.txt"
