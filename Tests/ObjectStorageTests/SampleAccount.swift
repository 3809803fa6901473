import JSON

/// A service account that there is not, with a key that was made for these tests.
enum SampleAccount {
    static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCiP8ZzAdPa7S4B
        zoWimYR95tCbDKzO2oRlvVTM/DCu+i5g+Bit3tkKk1hvjkyc/oSONj5vjs5N3hrb
        epPeVAEs36kErnfi0BNoWHXai/h9iSRCDLiZCKVfg7tyq9j2xJyDkZYjT/ojND+1
        TZsLFSKW+6gq5tPT8vmxv1w/qD8OBKgNry5lH+pmslyoAFjS6vXcVOHrCyEo4LIV
        cY3vhTBqHfRKhIsr+T/v4ObV2T/0xj2JmjWFpybWh14wvsJE8MgLXHhp/BZJHRrT
        I0hqtnJRVtbM1k1YA+8VWU2IKHJCr4TRCWTocnPVlpqvmhUQLRX3b+2QoqHRyX/3
        o+Q03693AgMBAAECggEAFSSocL5GjwX6HoQniAE8xxy4ByyHVyFvasQEc/39PiAe
        FnGI4xziPcLmcwshKBLxeogjv207AeIKr+/xAGJZZjFImPKUxDrcp0Figktb43K8
        Bdtwht4d5teHgDGtbA2Xs9GEti9Vkmwxon0YJ5aRKQm8aB19HJFSQVEwQp9jMClC
        s22OYaYwpXzONa4al5ZcRsb+gSqz4kGD3mzHFbW4VhdtllOv0o7TaB/nYF1gaNmt
        m5paBUh30+b2K97K7/aKhyYMnnk1LayMRlutjdUeV2RWC2c+lItxRhD3YXnfjmFj
        fNVbjASvmkRhurpmOmUYt61CrqxXEYfHChZMa+jfIQKBgQDSwkOELZx+y80j5ihv
        JKeujvXOWB9zCDkQxQEQlfv1t9US9gZXDRYSDxcYNUmqMskbT7+c9qGkR7/FABWa
        twTuMW8PMDnOg+oQhCOh9Brre2SPfxEGo0MAZnbLLPkvP2cx6J4IxbE9UYxGn75v
        OaNcCiMCof+Y25FEYe/Y39a3UQKBgQDFE8dLo2XQ1OoL/UZ2xjRf9Tcw0zi+1cjE
        6rQWwmA7RYftmOsrc08II/lQKbIfmQ9LiJ7YoxckZ2Noi4b9AbEk+A4rz3D6PMob
        ngFXbD7v+/HlT97GmPSs5FBTYabVLOFK1n0dKogH/s9jBsBpVXbRg7AQywkPHuGE
        TJfXlp9YRwKBgGqX6gHd97qBZP11GJot1ckJcPStySoqzIHYwZMb6FT8Zv2yBL7e
        VX1IuIt72AgGq4Pur6C5dENcLnd6dXLMgefehKcP4wy51xYHXuY4Sa0zuUaCI6BR
        zj9Tk11rH5Rv4sdxOQyCwAOdTO8jN/OVGTQhxFc+i8FJu4z0Y5QykawhAoGAbvTd
        xiYu0s6tHybwHzskjcof0qt5TWhL6yJBVncFexmAmDL6ZLI9EtY+LfXrxYKFa/91
        f38DLonPHDNCQvxK4geO4veeIiVLnRTuqGvXW4I8BOFdCe9gAl9hIjDenzLvfRUZ
        x+wEPowl8xkAB84IYZmE7U+CwDKgwb3l14mEGU0CgYEAkGbgOLyp3FZA0Ab2Jcv1
        j1JYVt50MNe8uBs7r45SJaVRMnJEe0LQfy/dMD3/vG+Vdp5iYfwoqppieK980/eu
        9Qlxb+5b9rX3o/EOnRA4XQWPpEuT+J7S/prTJ5Ft7996TIPsnXT9BJFEI7HIiBSF
        AD55w6SLx9Rxc6RE5Tzv5mQ=
        -----END PRIVATE KEY-----

        """

    /// Its key's file.
    static func file(tokenURL: String = "https://oauth2.googleapis.com/token", privateKey: String = privateKey)
        -> String
    {
        let file: JSONObject = [
            "type": "service_account", "client_email": "reader@project.iam.gserviceaccount.com",
            "private_key_id": "key-1", "private_key": .string(privateKey), "token_uri": .string(tokenURL),
        ]
        return JSONValue.object(file).description
    }

    /// What it says of itself at 2026-01-02T03:04:05Z, signed by the `openssl` program.
    static let assertion =
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImtleS0xIn0."
        + "eyJpc3MiOiJyZWFkZXJAcHJvamVjdC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSIsInNjb3BlIjoiaHR0cHM6Ly93d3"
        + "cuZ29vZ2xlYXBpcy5jb20vYXV0aC9kZXZzdG9yYWdlLnJlYWRfb25seSIsImF1ZCI6Imh0dHBzOi8vb2F1dGgyLmdv"
        + "b2dsZWFwaXMuY29tL3Rva2VuIiwiaWF0IjoxNzY3MzIzMDQ1LCJleHAiOjE3NjczMjY2NDV9."
        + "lWfoJYEIo2g9zVGcb0zu-rDwfpid8vt89QsTkbY9MYG_jq8AbkU4UfpCwczEBvi06zNDh6YB-vYrCC7pjecHeDLZgm"
        + "qyFxeQfYJD8KNBJeB6shkpM6O-BvJIceyGiwKnmRkyJL63vs0QeTyMdtHaIYxtzi1h2Ul52zoeh1_S_jK_yZFEKVYr"
        + "TcJbpTd36keiI5j8wrX5ysc3L_UhxNwXbHX6ek9J0hpyVmmu5synX6fx5DodC7BlteRcCyoYhQD60VUHeqtUM6UqyH"
        + "mhFT-EdQ6vXN0xJQwYU9zYY-i69pAUzS2GHW4VHgA7UKHYTTlu0BF6LXyOnXOJl1gEgsul-Q"
}
