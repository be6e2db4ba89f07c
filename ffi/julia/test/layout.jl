# Structures and enumerators against what the C compiler makes of the headers.

const STRUCTURES = [
    NETS.ErrorInfo => "nets_error_info",
    NETS.DensityOptions => "nets_host_density_options",
    NETS.TrainOptions => "nets_host_train_options",
    NETS.ModelDescription => "nets_host_model_description",
    NETS.SampleOptions => "nets_host_sample_options",
    NETS.Summary => "nets_host_summary",
    NETS.PathRecord => "nets_host_path_record",
    NETS.TunePoint => "nets_host_tune_point",
    NETS.WeightSummary => "nets_weight_summary",
    NETS.DriftDescription => "nets_drift_description",
    NETS.PathOptions{Float64} => "nets_path_options_f64",
    NETS.PathOptions{Float32} => "nets_path_options_f32",
    NETS.StepOptions{Float64} => "nets_step_options_f64",
    NETS.StepOptions{Float32} => "nets_step_options_f32",
    NETS.CWalkers{Float64} => "nets_walkers_f64",
    NETS.CWalkers{Float32} => "nets_walkers_f32",
    NETS.RunOptions{Float64} => "nets_run_options_f64",
    NETS.RunOptions{Float32} => "nets_run_options_f32",
    NETS.RunSummary => "nets_run_summary",
]

const ENUMERATORS = [
    "NETS_ERR_" => NETS.ERRORS,
    "NETS_PRECISION_" => NETS.PRECISIONS,
    "NETS_HOST_DRIFT_" => NETS.DRIFTS,
    "NETS_HOST_GRID_" => NETS.GRIDS,
    "NETS_SCHEDULE_" => NETS.SCHEDULES,
    "NETS_INTEGRATOR_" => NETS.INTEGRATORS,
    "NETS_MAP_" => NETS.MAPS,
    "NETS_MOVE_" => NETS.MOVES,
    "NETS_RESAMPLING_" => NETS.RESAMPLINGS,
    "NETS_STREAM_" => NETS.STREAMS,
]

"Lines that a C program prints with `statements` in its main function."
function c_prints(statements)
    mktempdir() do folder
        source, program = joinpath(folder, "print.c"), joinpath(folder, "print")
        write(source, """
            #include <stddef.h>
            #include <stdio.h>
            #include "nets_host.h"
            int main(void) {
            $(join(statements, "\n"))
            return 0;
            }
            """)
        run(`$CC -std=c11 -I$HEADERS -o $program $source`)
        readlines(`$program`)
    end
end

@testset "structures" begin
    statements, expected, names = String[], Tuple{Int,Int}[], String[]
    for (type, c) in STRUCTURES
        push!(statements, "printf(\"0 %zu\\n\", sizeof($c));")
        push!(expected, (0, sizeof(type)))
        push!(names, c)
        for (i, field) in enumerate(fieldnames(type))
            push!(statements, "printf(\"%zu %zu\\n\", offsetof($c, $field), sizeof((($c *)0)->$field));")
            push!(expected, (fieldoffset(type, i), sizeof(fieldtype(type, i))))
            push!(names, "$c.$field")
        end
    end
    printed = [Tuple(parse.(Int, split(line))) for line in c_prints(statements)]
    @test length(printed) == length(expected)
    for (name, c, julia) in zip(names, printed, expected)
        @test (name, c) == (name, julia)
    end
end

@testset "enumerators and versions" begin
    names, expected = String[], Int[]
    for (prefix, table) in ENUMERATORS, (name, number) in pairs(table)
        push!(names, prefix * uppercase(String(name)))
        push!(expected, number)
    end
    append!(names, ["NETS_ABI_VERSION", "NETS_HOST_ABI_VERSION"])
    append!(expected, [NETS.KERNEL.abi, NETS.HOST.abi])
    printed = parse.(Int, c_prints(["printf(\"%d\\n\", (int)$name);" for name in names]))
    for (name, c, julia) in zip(names, printed, expected)
        @test (name, c) == (name, julia)
    end
    # No error code of the header is missing here.
    header = read(joinpath(HEADERS, "nets.h"), String)
    codes = Set(m.match for m in eachmatch(r"\bNETS_ERR_[A-Z_]*[A-Z]\b", header))
    @test codes == Set("NETS_ERR_" * uppercase(String(name)) for name in keys(NETS.ERRORS))
    manifest = read(joinpath(PACKAGE, "Project.toml"), String)
    version = match(r"^version = \"(.*)\""m, manifest)[1]
    @test version == unsafe_string(ccall(NETS.symbol(NETS.HOST, :nets_host_version_string), Cstring, ()))
    @test version == unsafe_string(ccall(NETS.symbol(NETS.KERNEL, :nets_version_string), Cstring, ()))
end
