! Importance sampling of a Gaussian with libnets' random numbers, summary of weights and resampling, called through
! bind(C). Checks its own answers and stops with 1 if one is wrong.
!
!   proposal q = N(0, I),  U(x) = |x|^2 / 2 s^2,  x in R^2,  s = 4/5:
!   log Z = log(2 pi s^2),  ESS = E[w]^2 / E[w^2] = s^2 (2 - s^2)
module nets
    use, intrinsic :: iso_c_binding, only: c_double, c_int32_t, c_int64_t, c_ptr
    implicit none

    integer(c_int32_t), parameter :: nets_ok = 0, nets_stream_steps = 1, nets_resampling_systematic = 0

    ! The fields of nets_weight_summary, in its order.
    type, bind(c) :: weight_summary
        integer(c_int32_t) :: struct_size
        real(c_double) :: log_mean, log_mean_stderr, ess, max_weight
        integer(c_int64_t) :: lost, walkers
    end type

    interface
        ! uint64_t and int64_t have the same bits.
        function nets_normals_f64(seed, purpose, walker, position, out, n, info) bind(c) result(code)
            import :: c_double, c_int32_t, c_int64_t, c_ptr
            integer(c_int64_t), value :: seed, walker, position, n
            integer(c_int32_t), value :: purpose
            real(c_double), intent(out) :: out(*)
            type(c_ptr), value :: info
            integer(c_int32_t) :: code
        end function

        function nets_weight_summary_of(log_weights, n, out, info) bind(c) result(code)
            import :: c_double, c_int32_t, c_int64_t, c_ptr, weight_summary
            real(c_double), intent(in) :: log_weights(*)
            integer(c_int64_t), value :: n
            type(weight_summary), intent(inout) :: out
            type(c_ptr), value :: info
            integer(c_int32_t) :: code
        end function

        function nets_resample(scheme, log_weights, n, uniforms, n_uniforms, copies, info) bind(c) result(code)
            import :: c_double, c_int32_t, c_int64_t, c_ptr
            integer(c_int32_t), value :: scheme
            integer(c_int64_t), value :: n, n_uniforms
            real(c_double), intent(in) :: log_weights(*), uniforms(*)
            integer(c_int32_t), intent(out) :: copies(*)
            type(c_ptr), value :: info
            integer(c_int32_t) :: code
        end function
    end interface
end module

program weights
    use, intrinsic :: iso_c_binding, only: c_double, c_int32_t, c_int64_t, c_null_ptr, c_sizeof
    use nets
    implicit none

    integer(c_int64_t), parameter :: n = 20000
    real(c_double), parameter :: s = 0.8_c_double, log_2pi = 1.837877066409345_c_double
    real(c_double) :: x(2, n), log_weights(n), exact
    integer(c_int32_t) :: copies(n)
    type(weight_summary) :: summary
    integer :: failures = 0

    call require(nets_normals_f64(1_c_int64_t, nets_stream_steps, 0_c_int64_t, 0_c_int64_t, x, 2 * n, c_null_ptr))
    ! log of e^-U over the density of the proposal
    log_weights = log_2pi + 0.5_c_double * sum(x**2, dim=1) * (1 - 1 / s**2)
    summary%struct_size = int(c_sizeof(summary), c_int32_t)
    call require(nets_weight_summary_of(log_weights, n, summary, c_null_ptr))

    exact = log_2pi + 2 * log(s)
    print '(a, f8.5, a, f7.5, a, f8.5, a, f6.4)', 'log Z = ', summary%log_mean, ' +- ', summary%log_mean_stderr, &
        ' (exact ', exact, '), ESS ', summary%ess
    call expect(abs(summary%log_mean - exact) <= 4 * summary%log_mean_stderr, 'log Z within 4 standard errors')
    call expect(abs(summary%ess - s**2 * (2 - s**2)) < 0.02_c_double, 'ESS near its expectation')
    call expect(summary%lost == 0, 'no walker lost')

    call require(nets_resample(nets_resampling_systematic, log_weights, n, [0.5_c_double], 1_c_int64_t, copies, c_null_ptr))
    call expect(sum(copies) == n, 'as many walkers after resampling as before')
    ! The mean of x^2 is s^2 in each coordinate, with a standard error of about s^2 / sqrt(n ESS).
    call expect(abs(sum(copies * sum(x**2, dim=1)) / (2 * n) - s**2) < 4 * s**2 / sqrt(n * summary%ess), &
                'mean square after resampling')
    if (failures > 0) stop 1

contains

    subroutine require(code)
        integer(c_int32_t), intent(in) :: code
        if (code /= nets_ok) then
            print '(a, i0)', 'libnets returned ', code
            stop 1
        end if
    end subroutine

    subroutine expect(holds, what)
        logical, intent(in) :: holds
        character(*), intent(in) :: what
        print '(2a)', merge('ok      ', 'FAILED  ', holds), what
        if (.not. holds) failures = failures + 1
    end subroutine
end program
