# The command `nets` and this package give the same bits.

const COMMAND = get(ENV, "NETS_COMMAND", "")

"The arrays of an .npz file, whose members are stored and not compressed."
function read_npz(path)
    bytes = read(path)
    number(T, at) = reinterpret(T, bytes[at:at+sizeof(T)-1])[1]
    arrays = Dict{String,Array}()
    at = 1
    while number(UInt32, at) == 0x04034b50
        number(UInt16, at + 8) == 0 || error("$path is compressed")
        size, name_length, extra = number(UInt32, at + 18), number(UInt16, at + 26), number(UInt16, at + 28)
        name = String(bytes[at+30:at+29+name_length])
        start = at + 30 + name_length + extra
        # An array: a magic number, version, length of its header, header, numbers.
        header_length = number(UInt16, start + 8)
        header = String(bytes[start+10:start+9+header_length])
        T = Dict("<f8" => Float64, "<u8" => UInt64)[match(r"'descr': '([^']*)'", header)[1]]
        shape = parse.(Int, filter(!isempty, split(match(r"'shape': \(([^)]*)\)", header)[1], r"[, ]+")))
        data = reinterpret(T, bytes[start+10+header_length:start+size-1])
        arrays[replace(name, ".npy" => "")] = reshape(collect(data), reverse(shape)...)
        at = start + size
    end
    arrays
end

bits(a) = collect(reinterpret(UInt64, a))

if isempty(COMMAND)
    @warn "NETS_COMMAND does not name the command nets: results are not compared with its own"
    @test_skip COMMAND
else
    mktempdir() do folder
        file(name) = joinpath(folder, name)
        nets(arguments...) = run(pipeline(`$COMMAND $(arguments) --quiet`; stdout = devnull))
        nets("train", "gmm40", "--seed", "4", "--out", file("model.nets"))
        target = Target("gmm40")
        model = train(target; seed = 4)
        @test info(model).checksum == info(load_model(file("model.nets"))).checksum
        # (arguments of the command, options here)
        for (arguments, options) in [
            (["--walkers", "1500", "--epsilon", "80", "--seed", "9"], (walkers = 1500, epsilon = 80, seed = 9)),
            (["--walkers", "700", "--integrator", "pair", "--epsilon", "3", "--steps", "60"],
             (walkers = 700, integrator = :pair, epsilon = 3, steps = 60)),
            (["--walkers", "700", "--epsilon", "20", "--precision", "f32", "--resample-below", "0.99", "--resampling",
              "residual"], (walkers = 700, epsilon = 20, precision = Float32, resample_below = 0.99,
                            resampling = :residual))]
            nets("sample", "gmm40", "--model", file("model.nets"), "--out", file("samples.npz"), arguments...)
            arrays = read_npz(file("samples.npz"))
            for threads in [1, 2]
                s = sample(target, model; options..., threads = threads, out = file("julia.npz"))
                @test bits(s.x) == bits(arrays["x"])
                @test bits(s.log_weights) == bits(arrays["log_weight"])
                @test bits(s.path.ess) == bits(arrays["ess_path"])
                @test read(file("julia.npz")) == read(file("samples.npz"))
            end
        end
        # A model saved here is read there.
        save(model, file("julia.nets"))
        nets("sample", "gmm40", "--model", file("julia.nets"), "--out", file("again.npz"), "--walkers", "100",
             "--epsilon", "80")
        @test bits(read_npz(file("again.npz"))["x"]) == bits(sample(target, model; walkers = 100, epsilon = 80).x)
    end
end
