"""A large announcement is rehearsed: a copy of the audience, a platform that fails, and a service that is killed."""
